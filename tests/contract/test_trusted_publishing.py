"""Trusted publishing from end to end: an issuer, a mint before each throw-away registry, the official clients between them."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests import issuer as github
from tests import mints, packed
from tests.contract.test_publish_secrets import DEFAULTS, run_publish, shown, watched_arguments
from tests.fakes import Said
from tests.issuer import Issuer
from tests.mints import Mint

from rehearsal import npm, nuget, pypi
from release_actions.adapters.archives import PackedFiles
from release_actions.adapters.clock import SystemClock
from release_actions.adapters.registries.configured import Settings, registries
from release_actions.adapters.registries.trusted import Trust
from release_actions.commands.publish import Options, Published, publish
from release_actions.domain.package import Ecosystem
from release_actions.domain.patience import Patience
from release_actions.domain.release import BuiltPackage

pytestmark = pytest.mark.contract

NAMES = {Ecosystem.NUGET: "Acme.Sdk", Ecosystem.NPM: "@acme/sdk", Ecosystem.PYPI: "acme-sdk"}


@dataclasses.dataclass
class World:
    """The issuer, the mints by ecosystem, and folders of its own for everything."""

    issuer: Issuer
    mints: Mapping[Ecosystem, Mint]
    home: Path
    packages: dict[Ecosystem, BuiltPackage] = dataclasses.field(default_factory=dict)
    masked: list[str] = dataclasses.field(default_factory=list)

    def folder(self, name: str) -> Path:
        path = self.home / name
        path.mkdir(exist_ok=True)
        return path

    def build(self, version: str, *only: Ecosystem, symbols: bool = True) -> None:
        built = self.folder("built")
        wanted = {one: name for one, name in NAMES.items() if not only or one in only}
        self.packages = {one: packed.package(built, one, name, version, symbols=symbols) for one, name in wanted.items()}
        packed.release(built, version, *self.packages.values())

    def addresses(self) -> dict[str, str]:
        index = self.mints[Ecosystem.PYPI].url
        return {
            "npm-registry": self.mints[Ecosystem.NPM].url,
            "nuget-source": f"{self.mints[Ecosystem.NUGET].url}/v3/index.json",
            "pypi-upload": f"{index}/",
            "pypi-index": f"{index}/simple/",
        }

    def settings(self) -> Settings:
        where = {name.replace("-", "_"): address for name, address in self.addresses().items()}
        return Settings(**where, nuget_user=mints.USER)  # type: ignore[arg-type]

    def publish(self, settings: Settings | None = None, *, dry_run: bool = False) -> Published:
        built = self.folder("built")
        sites = registries(settings or self.settings(), built, self.folder("top"), SystemClock(), self.masked.append)
        return publish(Options(built, wait=30, dry_run=dry_run), PackedFiles(), sites, SystemClock(), Said())

    @property
    def secrets(self) -> list[str]:
        """Whatever must not be seen."""
        return [*self.issuer.issued, *(token for mint in self.mints.values() for token in (*mint.minted, mint.token))]

    @property
    def uploads(self) -> int:
        return sum(len(mint.uploads) for mint in self.mints.values())


@pytest.fixture
def world(tmp_path: Path, with_toolchains: dict[str, str], monkeypatch: pytest.MonkeyPatch, verdaccio: npm.Registry) -> Iterator[World]:
    with ExitStack() as stack:
        issuer = stack.enter_context(github.serving())
        index = stack.enter_context(pypi.registry(tmp_path / "pypi"))
        feed = stack.enter_context(nuget.registry(tmp_path / "nuget", key="the-lasting-key-of-the-feed", signs=True))
        known = {
            Ecosystem.NUGET: (feed.url, feed.token),
            Ecosystem.NPM: (verdaccio.url, verdaccio.token),
            Ecosystem.PYPI: (index.url, index.token),
        }
        made = {one: stack.enter_context(mints.before(url, one, token, issuer)) for one, (url, token) in known.items()}
        made[Ecosystem.NPM].packages.add(NAMES[Ecosystem.NPM])
        for name, value in issuer.environment().items():
            monkeypatch.setenv(name, value)
        yield World(issuer, made, tmp_path)


def rules(published: Published) -> set[str]:
    return {finding.rule for finding in published.errors}


def test_a_release_goes_to_all_three_registries_without_any_lasting_token(world: World) -> None:
    world.build("1.2.3", symbols=False)
    assert world.publish().errors == ()
    assert [mint.refused for mint in world.mints.values()] == [[], [], []]
    assert [len(mint.minted) for mint in world.mints.values()] == [1, 1, 1], "one token each, minted once"
    assert set(world.issuer.asked) == {"pypi", "npm:127.0.0.1", world.mints[Ecosystem.NUGET].url}
    assert set(world.issuer.issued) | {token for mint in world.mints.values() for token in mint.minted} <= set(world.masked)
    again = world.publish()
    assert (again.errors, again.plan.is_empty) == ((), True)
    assert [len(mint.minted) for mint in world.mints.values()] == [1, 1, 1], "nothing to upload needs no token"


@pytest.mark.parametrize("ecosystem", Ecosystem)
def test_a_registry_that_does_not_trust_the_workflow_stops_all_before_the_first_upload(world: World, ecosystem: Ecosystem) -> None:
    world.build("1.2.3")
    world.mints[ecosystem].trusts = github.JOB | {"environment": "production"}
    if ecosystem is Ecosystem.NPM:
        held = packed.package(world.folder("built"), ecosystem, NAMES[ecosystem], "1.0.0")
        given = dataclasses.replace(world.settings(), npm_token=world.mints[ecosystem].token)
        registry = registries(given, world.folder("built"), world.folder("top"), SystemClock())[ecosystem]
        registry.upload(held, [world.folder("built") / held.files[0].name], "latest")
        world.mints[ecosystem].uploads.clear()
    published = world.publish()
    assert rules(published) == {"trusted-publishing"}
    (finding,) = published.errors
    assert "repository `acme/sdk`, workflow file `release.yml`, environment `release`" in finding.remedy
    assert not any(secret in str(finding) for secret in world.secrets)
    assert world.uploads == 0


def test_all_that_stands_in_the_way_is_said_at_once(world: World) -> None:
    world.build("1.2.3")
    for mint in world.mints.values():
        mint.trusts = github.JOB | {"repository": "acme/other"}
    assert [finding.rule for finding in world.publish().errors] == ["trusted-publishing", "first-publication", "trusted-publishing"]
    assert world.uploads == 0


def test_a_package_that_is_new_to_npm_needs_a_person(world: World) -> None:
    world.build("1.2.3")
    world.mints[Ecosystem.NPM].packages.clear()
    assert rules(world.publish()) == {"first-publication"}
    assert world.uploads == 0


@pytest.mark.parametrize(("fault", "words"), [("lifetime", "ExpiredSignature"), ("audience", "InvalidAudience")])
def test_a_proof_that_is_old_or_for_somebody_else_mints_nothing(world: World, fault: str, words: str) -> None:
    world.build("1.2.3", Ecosystem.PYPI)
    setattr(world.issuer, fault, {"lifetime": -10.0, "audience": "somebody-else"}[fault])
    published = world.publish()
    assert rules(published) == {"trusted-publishing"}
    assert words in published.errors[0].what
    assert world.uploads == 0


@pytest.mark.parametrize("ecosystem", [Ecosystem.PYPI, Ecosystem.NUGET])
def test_a_proof_that_was_used_before_mints_nothing_and_is_replaced_by_a_fresh_one(world: World, ecosystem: Ecosystem) -> None:
    world.build("1.2.3", ecosystem)
    world.issuer.again = True
    mint = world.mints[ecosystem]
    mint.exchange(
        world.issuer.say("pypi" if ecosystem is Ecosystem.PYPI else mint.url), "pypi" if ecosystem is Ecosystem.PYPI else mint.url
    )
    published = world.publish()
    assert rules(published) == {"trusted-publishing"}
    assert len(mint.refused) == Patience().tries, "it was tried again, with what should have been a fresh proof"
    world.issuer.again = False
    assert world.publish().errors == ()


def test_a_mint_that_is_busy_is_asked_again_with_a_fresh_proof(world: World) -> None:
    world.build("1.2.3")
    for mint in world.mints.values():
        mint.busy = 1
    assert world.publish().errors == ()
    assert len(world.issuer.asked) == 6
    assert [mint.refused for mint in world.mints.values()] == [[], [], []]


def test_a_token_that_is_short_is_replaced_before_it_is_used(world: World) -> None:
    world.build("1.2.3")
    for mint in world.mints.values():
        mint.lifetime = 200
    assert world.publish().errors == ()
    assert all(len(mint.minted) > len(set(mint.uploads)) >= 1 for mint in world.mints.values())
    assert all(next(iter(mint.minted)) not in mint.uploads for mint in world.mints.values())


def test_an_index_may_not_ask_for_a_proof_that_is_for_somebody_else(world: World) -> None:
    world.build("1.2.3", Ecosystem.PYPI)
    for audience in ("npm:registry.example", "https://gallery.example", "sigstore", ""):
        world.mints[Ecosystem.PYPI].audience = audience
        assert rules(world.publish()) == {"registry-answer"}
    assert world.issuer.asked == []


def test_github_that_refuses_to_vouch_is_told_with_the_permission_that_is_missing(world: World) -> None:
    world.build("1.2.3")
    world.issuer.status = 403
    published = world.publish()
    assert rules(published) == {"id-token"}
    assert "id-token: write" in published.errors[0].remedy
    assert world.uploads == 0


def test_without_the_permission_and_without_a_token_both_remedies_are_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.build("1.2.3")
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_URL")
    always = dataclasses.replace(world.settings(), trust=Trust.ALWAYS)
    assert rules(world.publish(always)) == {"id-token-permission"}
    published = world.publish()
    assert rules(published) == {"credential-missing"}, "NuGet and PyPI on loopback may need none"
    assert all(words in published.errors[0].remedy for words in ("id-token: write", "npm-token"))
    assert world.uploads == 0


def test_nuget_has_to_know_whose_policy_it_is(world: World) -> None:
    world.build("1.2.3", Ecosystem.NUGET)
    always = dataclasses.replace(world.settings(), trust=Trust.ALWAYS, nuget_user="")
    assert rules(world.publish(always)) == {"nuget-user"}
    assert "somebody" in world.publish(dataclasses.replace(always, nuget_user="somebody")).errors[0].what


def test_a_token_that_is_given_is_used_unless_trusted_publishing_is_wanted_always(world: World) -> None:
    world.build("1.2.3", Ecosystem.PYPI)
    given = dataclasses.replace(world.settings(), pypi_token="a-token-that-is-worth-nothing")
    assert rules(world.publish(given)) == {"upload-refused"}
    assert world.issuer.asked == []
    assert world.publish(dataclasses.replace(given, trust=Trust.ALWAYS)).errors == ()


def test_a_dry_run_leaves_no_project_behind_that_pypi_would_make_with_the_first_token(world: World) -> None:
    world.build("1.2.3")
    assert (world.publish(dry_run=True).warnings, world.mints[Ecosystem.PYPI].minted) == ((), {})
    assert world.publish().errors == ()
    world.build("1.2.4")
    minted = len(world.mints[Ecosystem.PYPI].minted)
    assert world.publish(dry_run=True).warnings == ()
    assert len(world.mints[Ecosystem.PYPI].minted) == minted + 1, "now that the project is there, the proof costs nothing"


def attest(file: Path, digest: str = "") -> Path:
    """An attestation beside the file, signed by nobody."""
    subject = {"name": file.name, "digest": {"sha256": digest or hashlib.sha256(file.read_bytes()).hexdigest()}}
    statement = {"_type": "https://in-toto.io/Statement/v1", "subject": [subject], "predicateType": "publish", "predicate": None}
    envelope = {"statement": base64.b64encode(json.dumps(statement).encode()).decode(), "signature": "bm9ib2R5"}
    path = file.with_name(f"{file.name}.publish.attestation")
    path.write_text(json.dumps({"version": 1, "verification_material": {}, "envelope": envelope}))
    return path


def test_attestations_go_along_with_the_files_that_they_are_of(world: World) -> None:
    world.build("1.2.3", Ecosystem.PYPI)
    names = [file.name for file in world.packages[Ecosystem.PYPI].files]
    made = [attest(world.folder("built") / name) for name in names]
    assert world.publish().errors == ()
    bodies = world.mints[Ecosystem.PYPI].bodies
    sent = [json.loads(re.search(rb'name="attestations"\r\n\r\n(.*?)\r\n--', body, re.DOTALL)[1]) for body in bodies]  # type: ignore[index]
    assert sorted(sent, key=str) == sorted(([json.loads(path.read_text())] for path in made), key=str)


def test_an_attestation_of_other_bytes_stops_everything(world: World) -> None:
    world.build("1.2.3")
    file = world.folder("built") / world.packages[Ecosystem.PYPI].files[0].name
    attest(file, "0" * 64)
    assert rules(world.publish()) == {"attestation-other"}
    file.with_name(f"{file.name}.publish.attestation").write_text("[]")
    assert rules(world.publish()) == {"attestation-broken"}
    assert world.uploads == 0


def test_an_index_takes_attestations_only_from_a_job_that_it_trusts(world: World) -> None:
    world.build("1.2.3", Ecosystem.PYPI)
    attest(world.folder("built") / world.packages[Ecosystem.PYPI].files[0].name)
    given = dataclasses.replace(world.settings(), pypi_token=world.mints[Ecosystem.PYPI].token)
    assert world.publish(given).errors == ()
    assert not any(b"attestations" in body for body in world.mints[Ecosystem.PYPI].bodies)


def test_no_proof_or_token_appears_in_anything_that_a_run_leaves_behind_or_shows(
    world: World, with_toolchains: dict[str, str], tmp_path: Path
) -> None:
    home, workspace = world.folder("home"), world.folder("workspace")
    inputs = DEFAULTS | world.addresses() | {"folder": str(world.folder("built")), "wait": "60", "nuget-user": mints.USER}
    runs = []
    with watched_arguments() as arguments:
        world.build("1.2.3")
        runs.append(run_publish(workspace, home, with_toolchains, inputs))
        world.build("1.2.4")
        for mint in world.mints.values():  # tokens that are refused when they are used
            mint.lifetime = -1
            runs.append(run_publish(workspace, home, with_toolchains, inputs))
            mint.lifetime, mint.trusts = 900, github.JOB | {"repository": "acme/other"}
            runs.append(run_publish(workspace, home, with_toolchains, inputs))
            mint.trusts = github.JOB
    assert [done.returncode for done in runs] == [0, 1, 1, 1, 1, 1, 1], runs[0].stdout + runs[0].stderr
    assert any("publish" in line and "acme_sdk-1.2.3" in line for line in arguments), "the watch saw no client"
    places = {"arguments": "\n".join(arguments), "log": "\n".join(map(shown, runs))}
    for folder in (home, workspace, world.folder("built"), world.folder("top")):
        places |= {str(path): path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}
    assert len(world.secrets) > 20
    assert [place for place, words in places.items() if any(secret in words for secret in world.secrets)] == []
    hidden = {line.removeprefix("::add-mask::") for done in runs for line in done.stdout.splitlines() if line.startswith("::add-mask::")}
    assert {*world.issuer.issued, *(token for mint in world.mints.values() for token in mint.minted)} <= hidden
