# frozen_string_literal: true

# VERSION = "1.2.3"
module Acme
  module Core
    VERSION = '1.2.3' # since "1.2.3"
    API_VERSION = "1.2.3"
    OTHER = <<~TEXT
      it's VERSION = "1.2.3"
    TEXT
  end
end
