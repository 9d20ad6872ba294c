"""Build tools, each behind the `Toolchain` port."""
