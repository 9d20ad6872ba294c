# version = "1.2.3"
API = "1.2.3"
Version: str = "1.2.3"
VERSION: str = "1.2.3"  # ours
__version__ = VERSION