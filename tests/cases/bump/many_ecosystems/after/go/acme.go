package acme

import _ "example.com/acme/go/v2/http"

const Version = "1.2.3"
