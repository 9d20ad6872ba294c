"""Acme.

__version__ = "1.2.3"
"""

import os  # __version__ = "1.2.3"

TEXT = '''
__version__ = "1.2.3"
'''
quoted = "it's \"" + f"{os.name!r} {TEXT.replace("'", '"')} {{"
version = "1.2.3"
__version__: str = '1.2.3'  # the version
__api_version__ = "1.2.3"
if os.name:
    __version__ = "1.2.3"
settings = dict(
__version__="1.2.3",
)
