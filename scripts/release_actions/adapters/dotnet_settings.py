"""How the .NET SDK behaves where nobody develops: each of its commands may be the first that a machine ever runs."""

from __future__ import annotations

#: No telemetry, no welcome, no certificate for a web server, and no change to the user's PATH (.NET docs, "Environment variables").
SETTINGS = {
    "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
    "DOTNET_NOLOGO": "1",
    "DOTNET_GENERATE_ASPNET_CERTIFICATE": "false",
    "DOTNET_ADD_GLOBAL_TOOLS_TO_PATH": "false",
}
