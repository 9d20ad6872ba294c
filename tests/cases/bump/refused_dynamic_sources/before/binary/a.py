VERSION = b"1.2" "3"
VERSION = f"{1}.2.3"
