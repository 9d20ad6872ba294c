package sdk
import (
	"github.com/acme/sdk/v13/v1/api"
	"github.com/acme/sdk/lib/v13"
	"github.com/acme/sdk/v12x"
	old "github.com/acme/sdk"
	older "github.com/acme/sdk/v11/v12"
	"gopkg.in/acme/yaml.v13/node"
	"github.com/other/sdk/v12"
)