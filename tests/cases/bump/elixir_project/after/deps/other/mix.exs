defmodule Core do
  def project do
    [app: :acme_core, version: "1.2.3"]
  end
  def version, do: "1.2.3"
end