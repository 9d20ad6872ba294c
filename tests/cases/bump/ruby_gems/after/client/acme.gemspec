Gem::Specification.new do |s|
	s.name	= %q{acme}
	s.version	= "2.0.0.beta.4".freeze # 1.2.3
	s.summary = "x"
	s.authors = ["Acme"]
	s.description = <<~TEXT
		It's 1.2.3, s.version = "1.2.3"
	TEXT
	s.metadata["version"] = "1.2.3"
	s.add_dependency "acme-core", "= 2.0.0.beta.4"
	s.add_runtime_dependency("acme-core", ["~> 2.0.0.beta.4", ">= 2.0.0.beta.4"]) if false
	s.add_development_dependency 'acme-other', "1.2.3" if false
end