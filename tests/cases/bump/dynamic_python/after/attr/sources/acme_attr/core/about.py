"""RELEASE = "1.2.3"
"""
def f():
	RELEASE = "1.2.3"
RELEASE="1.3.0b4"
RELEASE_OF_OTHERS = "1.2.3"
