"""Acme."""
__version__ = "1.3.0b4"
