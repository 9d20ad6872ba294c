defmodule Acme.MixProject do
  use Mix.Project
  @version "2.0.0-rc.1"
  def project, do: [app: :acme, version: @version, deps: [{:x, "1.2.3"}]]
end
