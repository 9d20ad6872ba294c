"""One module per action: observe, decide, apply, report."""
