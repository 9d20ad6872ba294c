package internal

const Quote = '"'

const X = "github.com/acme/sdk"