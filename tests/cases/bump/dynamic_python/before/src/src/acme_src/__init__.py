__version__ = "1.2.3"
version = "1.2.3"
