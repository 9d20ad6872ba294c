Pod::Spec.new do |s|
  s.name = 'Acme'
  s.version = '2.0.0-rc.1'
  s.dependency 'X', '1.2.3'
end
