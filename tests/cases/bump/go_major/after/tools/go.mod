module "github.com/acme/sdk/tools/v2"

require github.com/acme/sdk/v2 v2.0.0

replace github.com/acme/sdk/v2 v2.0.0 => ../
