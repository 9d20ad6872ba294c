package sdk

import _ "github.com/acme/sdk/internal"
