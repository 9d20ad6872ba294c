Pod::Spec.new do |s|
  s.name = 'Acme'
  s.version = '1.2.3'
  s.dependency 'X', '1.2.3'
end
