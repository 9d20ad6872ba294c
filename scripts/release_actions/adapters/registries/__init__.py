"""Package registries, each behind the `Registry` port."""
