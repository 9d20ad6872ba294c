class Acme
  VERSION = [1, 2, 3].join(".")
end
Acme::VERSION = "1.2.3"
MAJOR = "1"
