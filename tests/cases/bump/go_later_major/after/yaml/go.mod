module gopkg.in/acme/yaml.v13
