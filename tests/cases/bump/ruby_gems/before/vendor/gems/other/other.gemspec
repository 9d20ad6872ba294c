Gem::Specification.new do |s|
  s.name = "other"
  s.version = "1.2.3"
end
