package sdk
import (
	"github.com/acme/sdk/v12/v1/api"
	"github.com/acme/sdk/lib/v12"
	"github.com/acme/sdk/v12x"
	old "github.com/acme/sdk"
	older "github.com/acme/sdk/v11/v12"
	"gopkg.in/acme/yaml.v12/node"
	"github.com/other/sdk/v12"
)