module example.com/acme/go

go 1.21

require example.com/x v1.2.3
