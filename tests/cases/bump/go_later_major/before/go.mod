module github.com/acme/sdk/v12

require (
	github.com/acme/sdk/lib/v12 v12.2.1
	gopkg.in/acme/yaml.v12 v12.2.1
	github.com/other/sdk/v12 v12.2.1
)

replace (
	github.com/acme/sdk/lib/v12 v12.2.1 => ./lib
	gopkg.in/acme/yaml.v12 => ./yaml
)
