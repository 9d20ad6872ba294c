Gem::Specification.new do |s|
  s.name = "acme"
  s.version = "1.2.3"
  s.add_dependency "x", "1.2.3"
end
