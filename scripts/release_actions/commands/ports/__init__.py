"""What the commands need of the world, as Protocols, a module for each part; adapters fit them, and so do the doubles of the tests."""
