module example.com/acme/go/v2

go 1.21

require example.com/x v1.2.3
