Pod::Spec.new do |s|
  s.name = 'Acme'
  s.version = '1.2.3' # 1.2.3
  s.source = { :git => 'https://example.com/acme.git', :tag => "v#{s.version}" }
  s.swift_version = '1.2.3'
  s.ios.deployment_target = '1.2.3'
  s.dependency 'AcmeCore/Network', '~> 1.2.3'
  s.dependency 'Other', '1.2.3'
end
