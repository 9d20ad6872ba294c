package main

import "github.com/acme/sdk/v2/client"
import `github.com/acme/sdk/v2`

func main() { println(client.Name, sdk.Version) }
