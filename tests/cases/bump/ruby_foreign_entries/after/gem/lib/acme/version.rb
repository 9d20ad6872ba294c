class Acme
  VERSION = [1, 2, 3].join(".")
end
Acme::VERSION = "1.3.0"
MAJOR = "1"
