module github.com/acme/sdk/v13

require (
	github.com/acme/sdk/lib/v13 v13.0.0-rc.1
	gopkg.in/acme/yaml.v13 v13.0.0-rc.1
	github.com/other/sdk/v12 v12.2.1
)

replace (
	github.com/acme/sdk/lib/v13 v13.0.0-rc.1 => ./lib
	gopkg.in/acme/yaml.v13 => ./yaml
)
