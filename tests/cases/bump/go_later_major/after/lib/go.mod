module github.com/acme/sdk/lib/v13
