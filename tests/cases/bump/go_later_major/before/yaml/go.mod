module gopkg.in/acme/yaml.v12
