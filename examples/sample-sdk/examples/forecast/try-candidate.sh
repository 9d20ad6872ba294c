#!/usr/bin/env bash
# Builds and runs this project with a version of the SDK, given as Semantic Versioning spells it; pip reads that, too.
set -euo pipefail
uv venv --quiet --clear .venv
uv pip install --quiet --python .venv "acme-weather-client==$1"
.venv/bin/python forecast.py
