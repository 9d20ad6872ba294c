package acme

import _ "example.com/acme/go/http"

const Version = "1.2.3"
