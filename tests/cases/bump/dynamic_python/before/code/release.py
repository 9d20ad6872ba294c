VERSION = '1.2.3'
__version__ = '1.2.3'
NUMBER = '1.2.3'
NUMBERS = ['1.2.3']
