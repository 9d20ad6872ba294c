"""Throw-away registries and a git origin on loopback, as context managers."""
