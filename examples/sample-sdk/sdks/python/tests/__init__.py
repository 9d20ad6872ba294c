"""Tests of the packages as they are in the checkout, installed or not."""

import sys
from pathlib import Path

for package in ("types", "client"):
    sys.path.insert(0, str(Path(__file__).parent.parent / package))
