// Package client: import "github.com/acme/sdk"
package client // import "github.com/acme/sdk/client"

/*
import "github.com/acme/sdk/old"
*/
import "C"
import (
	"fmt"
	. "github.com/acme/sdk/internal" // "github.com/acme/sdk"
	_ "github.com/acme/sdk-other/v2"
	tools "github.com/acme/sdk/tools/gen"; "golang.org/x/sys/unix"
)

import sdk "github.com/acme/sdk"

const Name = "github.com/acme/sdk/client"

var _ = `import "github.com/acme/sdk"` + fmt.Sprint(sdk.Version, tools.X, unix.X)
