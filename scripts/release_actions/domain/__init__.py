"""Values and decisions: no files, clock, network, environment or log."""
