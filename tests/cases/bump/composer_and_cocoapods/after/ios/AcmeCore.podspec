Pod::Spec.new do |spec|
  spec.name = 'AcmeCore'
  spec.version = "2.0.0-alpha.1"
  spec.source = { git: 'https://example.com', tag: '2.0.0-alpha.1' }
  spec.changelog = %q(it's 1.2.3)
end