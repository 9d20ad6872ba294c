"""Acme, since 1.2.3."""

__version__ = "1.3.0b4"