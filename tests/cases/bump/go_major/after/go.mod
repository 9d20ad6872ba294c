// module github.com/acme/sdk
module github.com/acme/sdk/v2 // the SDK

go 1.22

require (
	github.com/acme/sdk-other v1.2.3
	github.com/acme/sdk/tools/v2 v2.0.0 // indirect
	golang.org/x/sys v1.2.3
)

exclude github.com/acme/sdk/tools v1.2.3

retract v1.2.3

replace github.com/acme/sdk/tools/v2 => ./tools