"""The world: processes, files, git, registries, toolchains, GitHub."""
