package main

import "github.com/acme/sdk/client"
import `github.com/acme/sdk`

func main() { println(client.Name, sdk.Version) }
