Gem::Specification.new do |s|
  s.version = Acme::VERSION
  s.name = NAME
end
