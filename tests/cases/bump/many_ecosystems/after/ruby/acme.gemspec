Gem::Specification.new do |s|
  s.name = "acme"
  s.version = "2.0.0.rc.1"
  s.add_dependency "x", "1.2.3"
end
