defmodule Acme.MixProject do
  use Mix.Project
  @version "1.2.3"
  def project, do: [app: :acme, version: @version, deps: [{:x, "1.2.3"}]]
end
