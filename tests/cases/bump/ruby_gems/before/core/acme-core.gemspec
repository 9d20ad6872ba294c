# frozen_string_literal: true

require_relative "lib/acme/core/version"

Gem::Specification.new do |spec|
  spec.name = "acme-core"
  spec.version = Acme::Core::VERSION
  spec.summary = "version = '1.2.3'"
  spec.authors = ["Acme"]
  spec.required_ruby_version = ">= 2.7.0"
  spec.required_rubygems_version = Gem::Requirement.new(">= 1.2.3")
end
