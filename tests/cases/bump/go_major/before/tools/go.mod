module "github.com/acme/sdk/tools"

require github.com/acme/sdk v1.1.0

replace github.com/acme/sdk v1.1.0 => ../
