Pod::Spec.new do |spec|
  spec.name = 'AcmeCore'
  spec.version = "1.2.3"
  spec.source = { git: 'https://example.com', tag: '1.2.3' }
  spec.changelog = %q(it's 1.2.3)
end