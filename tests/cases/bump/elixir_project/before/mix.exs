defmodule Acme.MixProject do
  use Mix.Project

  # @version "1.2.3"
  @moduledoc """
  It's @version "1.2.3", version: "1.2.3"
  """
  @version "1.2.3"
  @quote ?"
  @words ~w[a "b #{"c"}]
  @raw ~S(it's \) "x)

  def project do
    [
      app: :acme,
      deps: [{:x, "1", version: "1.2.3"}],
      version: @version, # 1.2.3
      elixir: "~> 1.2.3",
      docs: [version: "1.2.3", source_ref: "v#{@version}"],
      start_permanent: valid?("x") && Mix.env() == :prod
    ]
  end

  defp deps do
    [
      {:jason, "~> 1.2.3"},
      {:acme_core, "~> 1.2", path: "apps/core", only: [:dev, :prod]},
      {:acme_core, ">= 1.2.3 and < 3.0.0", in_umbrella: true},
      {:acme_core, "~> 1.2.3", git: "https://example.com"},
      {:acme_core, path: "apps/core"}
    ]
  end
end
