# -*- coding: utf-8 -*-

VERSION = "1.3.0b4"
__version__ = VERSION
version_info = (1, 2, 3)
version = r"1.3.0b4"; other = "1.2.3"