"""Text to text: one module per kind of version-bearing file."""
