"""The npm registry: written by `npm publish`, read as packuments over HTTP.

https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
"""

from __future__ import annotations

import base64
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from release_actions.adapters import process
from release_actions.adapters.http import Answer, Http, bearer, reading, resolved, same_origin, shown, split, text, unusable
from release_actions.adapters.identity import ADDRESS, PERMISSION, TOKEN
from release_actions.adapters.registries import client, npm_package
from release_actions.adapters.registries.trusted import Minted, TrustedPublishing
from release_actions.adapters.session import Session
from release_actions.domain import strict_json
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage, Digest, OnRegistry
from release_actions.errors import Finding, RegistryError, ReleaseError, ToolError

#: The short form of a packument, which holds all that is needed here, and the long form where there is no short one.
_PACKUMENT = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8"
#: Variables that npm, or a user's .npmrc, reads.
_KEPT = ("npm_config_*", "NPM_CONFIG_*", "NODE_AUTH_TOKEN", "NPM_TOKEN", "NODE_OPTIONS", "NODE_TLS_*")
_TAKEN = re.compile(r"cannot publish over|EPUBLISHCONFLICT|previously staged version|already present", re.IGNORECASE)
_REMEDIES = {
    "publish": "See what npm says; for a scoped package's first publication set `publishConfig.access` in its package.json.",
    "point": "The token must have write access to the package, and be allowed without a second factor.",
}
_CREDENTIAL = re.compile(r"^(//\S+?):(?:_authToken|_auth|username|certfile) = ", re.MULTILINE)
#: What npm says of the job in a statement of provenance, and proves with GitHub's help.
_OF_THE_JOB = (
    *("CI", "GITHUB_ACTIONS", "GITHUB_EVENT_NAME", "GITHUB_REF", "GITHUB_REPOSITORY", "GITHUB_REPOSITORY_ID"),
    *("GITHUB_REPOSITORY_OWNER_ID", "GITHUB_RUN_ATTEMPT", "GITHUB_RUN_ID", "GITHUB_SERVER_URL", "GITHUB_SHA"),
    *("GITHUB_WORKFLOW_REF", "RUNNER_ENVIRONMENT"),
)
_AT_ONCE = 32


class Provenance(StrEnum):
    """Whether npm publishes where a package came from, in a public log."""

    AUTO = "auto"
    ON = "true"
    OFF = "false"


class NpmRegistry:
    """The registry that npm is configured for, which may differ by scope and by the packages' own publishConfig.

    `folder` holds the packed files, `top` is where npm reads the project's .npmrc. `registry` overrides all settings.
    """

    ecosystem = Ecosystem.NPM

    def __init__(
        self,
        http: Http,
        folder: Path,
        *,
        top: Path,
        token: str = "",
        registry: str = "",
        trusted: TrustedPublishing | None = None,
        provenance: Provenance = Provenance.AUTO,
    ) -> None:
        self._http = http
        self._folder = folder
        self._top = top
        self._token = token
        self._registry = registry
        self._trusted = trusted
        self._tokens = trusted.tokens(self._mint) if trusted else None
        self._provenance = provenance
        self._users: dict[str, str | None] = {}
        self._asking = threading.Lock()
        self._starting = threading.Lock()
        self._sessions: list[Session | None] = []

    @property
    def address(self) -> str:
        """The registry of packages that have none of their own."""
        return shown(self._registry or self._settings.get("registry", ""))

    def registry_of(self, package: BuiltPackage) -> str:
        """The address of the registry that the package belongs to, found as npm finds it, with a final slash."""
        return client.without_credentials(self._where(package), "`npm-registry` or .npmrc").rstrip("/") + "/"

    def check(self, packages: Sequence[BuiltPackage], *, dry_run: bool = False) -> Sequence[Finding]:
        """Whether npm is there, and a credential for each package that its registry accepts.

        For trusted publishing a token is minted for each. npm shows who may write to a package only to who may.
        """
        _npm()
        if not packages:
            return []
        with ThreadPoolExecutor(1 + min(len(packages), _AT_ONCE)) as pool:
            if not dry_run:
                pool.submit(self._session)  # by the time that it is needed it is there
            found = [finding for findings in pool.map(self._check, packages) for finding in findings]
        return list(dict.fromkeys(found))

    def look_up(self, package: BuiltPackage) -> OnRegistry:
        """Ask for the packument; the integrity in it is that of the tarball as uploaded."""
        registry = self.registry_of(package)
        answer = self._get(registry + quote(package.name, safe="@"), registry)
        if answer.status == 404:
            return OnRegistry()
        if answer.status != 200:
            raise unusable(answer.url, f"the registry answered {answer.status}")
        with reading(answer.url, "packument"):
            packument = answer.json()
            versions = packument.get("versions", {})
            files = {}
            if package.version in versions:
                digest = self._digest(versions[package.version]["dist"], answer.url)
                files = {package.files[0].name: Digest("sha512", digest)}
            withdrawn = frozenset(version for version, entry in versions.items() if entry.get("deprecated"))
            return OnRegistry(files, tuple(versions), pointers(packument), withdrawn)

    def served(self, package: BuiltPackage) -> Mapping[str, Digest]:
        """Fetch the tarball that the packument leads to."""
        registry = self.registry_of(package)
        answer = self._get(registry + quote(package.name, safe="@"), registry)
        with reading(answer.url, f"packument that leads to a tarball of {package.version}"):
            tarball = resolved(answer.url, text(answer.json()["versions"][package.version]["dist"]["tarball"]))
        secret = bearer(self._token) if same_origin(tarball, registry) else None
        return {package.files[0].name: Digest("sha512", self._http.digest(tarball, "sha512", secret))}

    def upload(self, package: BuiltPackage, files: Sequence[Path], dist_tag: str | None) -> None:
        """Publish the tarball, which is sent as it is: in npm's own session where there is one, else by `npm publish`.

        A statement of provenance needs the job's identity, which `npm publish` alone is given.
        """
        registry = self.registry_of(package)
        minted = self._minted(package)
        token = minted.token if minted else self._token
        options = ["--ignore-scripts", *self._options(registry, package)]
        proven = self._is_proven(package, minted)
        options += [f"--provenance={str(proven).lower()}"] if proven or minted or self._provenance is Provenance.OFF else []
        try:
            for file in files:
                if not proven and self._asked(
                    package, token, {"verb": "publish", "file": str(file.resolve()), "tag": dist_tag or "latest"}
                ):
                    continue
                client.upload(
                    [_npm(), "publish", file.resolve(), f"--tag={dist_tag or 'latest'}", *options],
                    self._top,
                    keep=(*_KEPT, *(_OF_THE_JOB if proven else ())),
                    secrets=_secrets(registry, token) | (_identity() if proven else {}),
                    taken=_TAKEN,
                    timeout=self._http.patience.upload_timeout,
                    remedy=_REMEDIES["publish"],
                )
        except RegistryError as error:
            if self._tokens and error.findings[0].rule != "already-exists":
                self._tokens.forget(f"{registry} {package.name}")
            raise

    def can_point(self, package: BuiltPackage) -> bool:
        """Whether there is a credential beside trusted publishing, whose tokens may only publish."""
        if self._trusted is None or not self._trusted.is_for(self._token):
            return True
        return self._has_credential(self.registry_of(package)) and self._minted(package) is None

    def point(self, package: BuiltPackage, tag: str, version: str) -> None:
        """Move the dist-tag: in npm's own session where there is one, else by `npm dist-tag add`."""
        if self._asked(package, self._token, {"verb": "point", "name": package.name, "tag": tag, "version": version}):
            return
        registry = self.registry_of(package)
        client.upload(
            [_npm(), "dist-tag", "add", f"{package.name}@{version}", tag, *self._options(registry, package)],
            self._top,
            keep=_KEPT,
            secrets=_secrets(registry, self._token),
            taken=_TAKEN,
            timeout=self._http.patience.timeout,
            remedy=_REMEDIES["point"],
        )

    def _options(self, registry: str, package: BuiltPackage) -> list[str]:
        """What npm is told at each call: where to go, and not to try again by itself."""
        scope = [f"--{package.name.partition('/')[0]}:registry={registry}"] if package.name.startswith("@") else []
        return ["--fetch-retries=0", f"--fetch-timeout={self._milliseconds}", "--no-update-notifier", f"--registry={registry}", *scope]

    @property
    def _milliseconds(self) -> int:
        """How long npm may wait for one answer."""
        return int(self._http.patience.upload_timeout * 1000)

    def _asked(self, package: BuiltPackage, token: str, request: Mapping[str, str]) -> bool:
        """Whether npm's session was there to be asked, and did it. Raises RegistryError when the registry said no."""
        session = self._session()
        if session is None:
            return False
        registry = self.registry_of(package)
        scope = package.name.partition("/")[0] if package.name.startswith("@") else ""
        try:
            answer = session.ask({**request, "registry": registry, "scope": scope, "token": token, "timeout": self._milliseconds})
        except ToolError as error:
            if error.findings[0].rule == "tool-failed":
                with self._starting:  # the next one starts another
                    self._sessions = [one for one in self._sessions if one is not session]
            raise
        if "error" in answer:
            words = client.without_secrets(str(answer["error"]), [token])[-2000:]
            what = f"`npm {request['verb']}` of {package.name} failed: {words}"
            raise client.refused(what, words, _TAKEN.search(words) is not None, _REMEDIES[request["verb"]])
        return True

    def _session(self) -> Session | None:
        """One process with npm's own libraries for all packages; None where this npm has none that are known here."""
        with self._starting:
            if not self._sessions:
                home = npm_package.home(_npm(), lambda: self._settings)
                self._sessions = [_started(home, self._top, self._http.patience.upload_timeout) if home else None]
            return self._sessions[0]

    def _mint(self, subject: str) -> Minted:
        registry, _, name = subject.partition(" ")
        assert self._trusted  # noqa: S101 - nobody else has tokens to ask for
        return self._trusted.npm(registry, name)

    def _minted(self, package: BuiltPackage) -> Minted | None:
        """A token of trusted publishing; None where it isn't used, or is refused while npm has a credential of its own."""
        if self._trusted is None or self._tokens is None or not self._trusted.is_for(self._token):
            return None
        registry = self.registry_of(package)
        try:
            return self._tokens.get(f"{registry} {package.name}")
        except RegistryError as error:
            if error.findings[0].rule == "trusted-publishing" and not self._trusted.is_required and self._has_credential(registry):
                return None
            raise

    def _is_proven(self, package: BuiltPackage, minted: Minted | None) -> bool:
        """Whether npm is to say where the package came from: as npm does it by itself, or as the user wants it."""
        if self._provenance is not Provenance.AUTO:
            return self._provenance is Provenance.ON
        own = npm_package.publish_config(self._manifest(package))
        if own.get("provenance", self._settings.get("provenance")) is True:
            return True
        is_public = minted is not None and minted.job.get("repository_visibility") == "public"
        return is_public and own.get("access") != "restricted" and os.environ.get("RUNNER_ENVIRONMENT") == "github-hosted"

    def _where(self, package: BuiltPackage) -> str:
        if self._registry:
            return self._registry
        scope = f"{package.name.partition('/')[0]}:registry" if package.name.startswith("@") else ""
        own = npm_package.publish_config(self._manifest(package))
        found = own.get(scope) or self._settings.get(scope) or own.get("registry") or self._settings.get("registry")
        if not isinstance(found, str) or split(found).scheme not in {"http", "https"}:
            raise unusable(str(found), f"npm is configured with no usable registry for {package.name}")
        return found

    def _manifest(self, package: BuiltPackage) -> Mapping[str, Any]:
        return npm_package.manifest(self._folder / package.files[0].name) if package.files else {}

    def _check(self, package: BuiltPackage) -> Sequence[Finding]:
        try:
            minted = self._minted(package)
        except ReleaseError as error:
            return [self._first_publication(package)] if self._is_first(package, error) else error.findings
        findings = list(self._provenance_findings(package, minted))
        return findings if minted else [*findings, *self._check_token(package)]

    def _is_first(self, package: BuiltPackage, error: ReleaseError) -> bool:
        """Whether npm, which answers alike when there is no such package and when it does not trust the job, means the former."""
        return error.findings[0].rule == "trusted-publishing" and not self.look_up(package).versions

    def _first_publication(self, package: BuiltPackage) -> Finding:
        return Finding(
            "first-publication",
            f"{package.name} is not on npm yet, and npm lets a workflow be trusted only with a package that is there.",
            "Publish it for the first time with a token: set the input `npm-token` for this run. Then add the trusted publisher"
            " in the package's settings on npm, and take the token away.",
        )

    def _provenance_findings(self, package: BuiltPackage, minted: Minted | None) -> Iterator[Finding]:
        if not self._is_proven(package, minted):
            return
        if not _identity():
            yield Finding(
                "provenance-permission",
                "npm can't prove where a package came from in this job.",
                f"{PERMISSION}, or set `provenance: false`.",
            )
        wanted = os.environ.get("GITHUB_REPOSITORY", "")
        found = npm_package.repository(self._manifest(package))
        if wanted and found != wanted:
            yield Finding(
                "provenance-repository",
                f"The package.json in {package.files[0].name} says that {package.name} is from `{found or 'no repository'}`,"
                f" but it is published from `{wanted}`; npm refuses that.",
                f"Set `repository` in its package.json to `github:{wanted}`, in exactly these letters, and build again.",
            )

    def _check_token(self, package: BuiltPackage) -> Iterator[Finding]:
        registry = self.registry_of(package)
        if not self._token and not self._has_credential(registry):
            yield Finding(
                "credential-missing",
                f"There is no credential for the npm registry {shown(registry)}.",
                f"{PERMISSION} and let npm trust the workflow; or set the input `npm-token`, or put an `_authToken` for this"
                " registry into .npmrc.",
            )
        user = self._user(registry) if self._token else ""
        if user is None:
            yield Finding(
                "credential-refused",
                f"The npm registry {shown(registry)} does not accept the token.",
                "Make a new token that may publish, and put it where `npm-token` is taken from.",
            )
        if user and self._may_only_read(package, registry, user):
            yield Finding(
                "publish-right",
                f"npm lets `{user}`, whose token this is, read {package.name}, but not publish it.",
                "Let an owner of the package run `npm owner add`, or give the user's team write access; or take another token.",
            )

    def _user(self, registry: str) -> str | None:
        """Whose token it is; nothing where the registry doesn't say, None where it refuses the token."""
        with self._asking:
            if registry not in self._users:
                answer = self._http.get(f"{registry}-/whoami", headers=bearer(self._token))
                self._users[registry] = None if answer.status in {401, 403} else _username(answer)
            return self._users[registry]

    def _may_only_read(self, package: BuiltPackage, registry: str, user: str) -> bool:
        """Whether npm says so; other registries, and npm of a new package, say nothing."""
        url = f"{registry}-/package/{quote(package.name, safe='@')}/collaborators"
        answer = self._http.get(url, headers=bearer(self._token))
        try:
            return answer.status == 200 and answer.json().get(user) in {"read", "read-only"}
        except (AttributeError, RegistryError):
            return False

    def _has_credential(self, registry: str) -> bool:
        return registry.partition(":")[2] in self._configured_credentials

    @cached_property
    def _configured_credentials(self) -> frozenset[str]:
        listed = process.run([_npm(), "config", "list"], folder=self._top, keep=_KEPT).stdout
        return frozenset(match[1].rstrip("/") + "/" for match in _CREDENTIAL.finditer(listed))

    def _get(self, url: str, registry: str) -> Answer:
        """Ask with the token, without which private packages can't be told from absent ones; public ones need none that is accepted."""
        if self._token and same_origin(url, registry):
            answer = self._http.get(url, accept=_PACKUMENT, headers=bearer(self._token))
            if answer.status not in {401, 403}:
                return answer
        return self._http.get(url, accept=_PACKUMENT)

    def _digest(self, dist: Mapping[str, str], url: str) -> str:
        """The tarball's SHA-512; packages of before 2017 have no `integrity`, and are fetched."""
        for part in dist.get("integrity", "").split():
            if part.startswith("sha512-"):
                return base64.b64decode(part.removeprefix("sha512-").partition("?")[0], validate=True).hex()
        tarball = resolved(url, text(dist["tarball"]))
        return self._http.digest(tarball, "sha512", bearer(self._token) if same_origin(tarball, url) else None)

    @cached_property
    def _settings(self) -> Mapping[str, Any]:
        """What all of npm's files and variables say together; npm leaves secrets out."""
        listed = process.run([_npm(), "config", "list", "--json"], folder=self._top, keep=_KEPT).stdout
        settings = strict_json.loads(listed)
        return settings if isinstance(settings, dict) else {}


def pointers(packument: Mapping[str, Any]) -> Mapping[str, str]:
    """The dist-tags, and the version that each leads to."""
    return {tag: text(version) for tag, version in packument.get("dist-tags", {}).items()}


def _started(home: Path, top: Path, timeout: float) -> Session | None:
    try:
        command: list[str | Path] = [process.find("node", "Install Node.js."), Path(__file__).with_name("npm_client.cjs"), home]
        return Session(command, folder=top, keep=_KEPT, timeout=timeout)
    except ToolError:
        return None  # npm itself does without


def _npm() -> str:
    return process.find("npm", "Install Node.js, which brings npm, or add a step with actions/setup-node before this one.")


def _username(answer: Answer) -> str:
    try:
        return str(answer.json().get("username") or "") if answer.status == 200 else ""
    except (AttributeError, RegistryError):
        return ""


def _secrets(registry: str, token: str) -> dict[str, str]:
    """The token by the one way that is neither an argument nor a file: npm reads any setting from the environment."""
    return {f"npm_config_{registry.partition(':')[2]}:_authToken": token} if token else {}


def _identity() -> dict[str, str]:
    """What lets npm ask GitHub to vouch for this job; nothing where it may not."""
    found = {name: os.environ.get(name, "") for name in (ADDRESS, TOKEN)}
    return found if all(found.values()) else {}
