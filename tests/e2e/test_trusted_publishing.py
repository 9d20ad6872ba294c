"""`examples/workflows/release.yml`, unchanged and without a single secret: three registries that trust the workflow."""

from __future__ import annotations

import dataclasses
import json
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests import issuer as github
from tests import mints
from tests.e2e import act, registries

from release_actions.domain.package import Ecosystem

pytestmark = pytest.mark.e2e


def test_a_pushed_tag_is_released_without_any_secret_and_no_token_is_seen(
    suite: Path, registry: registries.Registries, toolchains: dict[str, str], tmp_path: Path
) -> None:
    with ExitStack() as stack:
        issuer = stack.enter_context(github.serving())
        known = {
            Ecosystem.NUGET: (registry.nuget.url, registry.nuget.token),
            Ecosystem.NPM: (registry.npm.url, registry.npm.token),
            Ecosystem.PYPI: (registry.pypi.url, registry.pypi.token),
        }
        made = {one: stack.enter_context(mints.before(url, one, token, issuer)) for one, (url, token) in known.items()}
        made[Ecosystem.NPM].packages |= set(registries.OWN)
        trusting = registries.Registries(
            dataclasses.replace(registry.nuget, url=f"{made[Ecosystem.NUGET].url}/v3/index.json"),
            dataclasses.replace(registry.npm, url=f"{made[Ecosystem.NPM].url}/"),
            dataclasses.replace(registry.pypi, url=made[Ecosystem.PYPI].url),
        )
        trusting.configure(tmp_path)
        variables = toolchains | trusting.variables | issuer.environment()
        repository = act.Repository(tmp_path, suite, "release.yml", variables, {}, {"NUGET_USER": mints.USER}).create()
        run = repository.push_tag("v1.4.0")
        assert run.code == 0, run.log
        assert {versions for found in trusting.contents().values() for versions in found} == {"1.4.0"}
        assert [mint.refused for mint in made.values()] == [[], [], []]
        tokens = [token for mint in made.values() for token in mint.minted]
        proofs = [proof for proof in issuer.issued if proof != issuer.secret]  # act itself prints what `--env` sets
        assert len(tokens) == 4, "one each for NuGet and PyPI, one for each package on npm"
        masks = [entry for entry in run.entries if entry.get("command") == "add-mask"]
        everything = json.dumps([entry for entry in run.entries if entry not in masks])
        assert {entry["arg"] for entry in masks} >= {*tokens, *proofs}
        assert [secret for secret in (*tokens, *proofs) if secret in everything] == []
        left = [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_symlink()]
        assert [path for path in left if any(secret.encode() in path.read_bytes() for secret in (*tokens, *proofs))] == []
