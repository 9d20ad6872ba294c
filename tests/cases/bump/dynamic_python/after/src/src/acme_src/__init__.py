__version__ = "1.3.0b4"
version = "1.2.3"
