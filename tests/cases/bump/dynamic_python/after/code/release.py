VERSION = '1.2.3'
__version__ = '1.2.3'
NUMBER = '1.3.0b4'
NUMBERS = ['1.2.3']
