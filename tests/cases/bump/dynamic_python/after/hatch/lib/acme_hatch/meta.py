# version = "1.2.3"
API = "1.2.3"
Version: str = "1.2.3"
VERSION: str = "1.3.0b4"  # ours
__version__ = VERSION