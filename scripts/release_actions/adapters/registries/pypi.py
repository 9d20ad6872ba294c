"""A Python package index: written by `uv publish`, read through the simple repository API.

https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from release_actions.adapters import process
from release_actions.adapters.http import Answer, Http, credentials, same_origin, shown, split, unusable
from release_actions.adapters.identity import PERMISSION
from release_actions.adapters.registries import attestations, client, simple_index
from release_actions.adapters.registries.trusted import Minted, TrustedPublishing
from release_actions.commands.ports.registries import Parcel
from release_actions.domain.distributions import same_version, version_of
from release_actions.domain.names import canonical
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage, Digest, OnRegistry
from release_actions.errors import Finding, InputError, RegistryError, ToolError

#: uv's settings; those of where and as whom to publish are given one by one, since uv refuses two of a kind.
_KEPT = ("UV_[!P]*", "UV_P[!U]*", "UV_PUBLISH_NO_ATTESTATIONS")
_KEPT_ADDRESS = ("UV_PUBLISH_URL", "UV_PUBLISH_INDEX")
_KEPT_CREDENTIALS = ("UV_PUBLISH_TOKEN", "UV_PUBLISH_USERNAME", "UV_PUBLISH_PASSWORD", "KEYRING_*")
_TAKEN = re.compile(r"already exists?|\b409\b|Conflict", re.IGNORECASE)
#: PyPI takes files for so long after the first one of a version.
_OPEN_FOR = timedelta(days=14)
#: Only PyPI's own software tells this of its pages.
_OF_PYPI = "x-pypi-last-serial"
_UPLOAD_ADDRESS = re.compile(r"^Checking \d+ files? against (\S+)$", re.MULTILINE)
_DEFAULT_INDEX = re.compile(r"by\s+default:\s+<(https?://[^>\s]+)>")
#: Where users say which index they read, nearest first.
_INDEX_VARIABLES = ("UV_PUBLISH_CHECK_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")


def _closed(what: str) -> RegistryError:
    remedy = "The version was begun too long ago for PyPI to take another file of it, and can't be completed: release the next version."
    return RegistryError("release-closed", what, remedy)


_CLOSED = client.Refusal(re.compile(r"releases older than \d+ days", re.IGNORECASE), _closed)


class PypiRegistry:
    """The index that uv uploads to, with the index that shows what was uploaded.

    `uv` finds the client. `index` and `upload_url` override its settings; `top` is where uv reads the project's settings,
    `folder` holds the packed files.
    """

    ecosystem = Ecosystem.PYPI

    def __init__(
        self,
        http: Http,
        uv: Callable[[], Path],
        *,
        top: Path,
        token: str = "",
        index: str = "",
        upload_url: str = "",
        folder: Path | None = None,
        trusted: TrustedPublishing | None = None,
    ) -> None:
        self._http = http
        self._find_uv = uv
        self._top = top
        self._token = token
        self._given_index = index
        self._given_upload = upload_url
        self._folder = folder
        self._trusted = trusted
        self._tokens = trusted.tokens(lambda _: trusted.pypi(self._upload_address)) if trusted else None
        self._begun: dict[str, datetime] = {}

    @property
    def address(self) -> str:
        """The index that is read."""
        return shown(self._index)

    @property
    def index(self) -> str:
        """The index that is read, which may bear a password."""
        return self._index

    def check(self, packages: Sequence[BuiltPackage], *, dry_run: bool = False) -> Sequence[Finding]:
        """Whether uv is there and has a credential, as far as can be known: an index tells nobody what a token may do.

        For trusted publishing a token is minted. That makes a project that is awaited and isn't there yet, so a dry run
        leaves it (PyPI docs, "Creating a PyPI project with a trusted publisher").
        """
        _ = self._uv
        closed = [self._closed(package) for package in packages if self._is_closed(package)]
        return closed or self._check_credential(packages, dry_run)

    def _check_credential(self, packages: Sequence[BuiltPackage], dry_run: bool) -> Sequence[Finding]:
        if self._mints:
            new = dry_run and not all(self.look_up(package).versions for package in packages)
            if new or self._minted() is not None:
                folder = self._folder or Path()
                return [one for package in packages for file in package.files for one in attestations.wrong(folder, file)]
        known = self._token or os.environ.get("UV_PUBLISH_TOKEN") or os.environ.get("UV_PUBLISH_PASSWORD")
        if known or "@" in split(self._upload_address).netloc or client.on_loopback(self._upload_address):
            return []
        return [
            Finding(
                "credential-missing",
                f"There is no credential for uploading to {shown(self._upload_address)}.",
                f"{PERMISSION} and let the index trust it; or set the input `pypi-token`, or UV_PUBLISH_TOKEN.",
            )
        ]

    def look_up(self, package: BuiltPackage) -> OnRegistry:
        """Ask for the project's page; a file whose SHA-256 it does not say is fetched."""
        answer = self._page(package)
        if answer is None:
            return OnRegistry()
        files: dict[str, Digest] = {}
        versions: dict[str, None] = {}
        begun: list[datetime] = []
        for file in simple_index.listed(answer):
            version = version_of(file.name, package.name)
            if version is None:
                continue
            versions[version] = None
            if same_version(version, package.version):
                files[file.name] = Digest("sha256", file.sha256 or self._fetched(file.address))
                begun += [file.uploaded] if file.uploaded and _OF_PYPI in answer.headers else []
        if begun:
            self._begun[package.name] = min(begun)
        return OnRegistry(files, tuple(versions))

    def served(self, package: BuiltPackage) -> Mapping[str, Digest]:
        """Fetch every file of this version."""
        answer = self._page(package)
        return {
            file.name: Digest("sha256", self._fetched(file.address))
            for file in (simple_index.listed(answer) if answer else ())
            if same_version(version_of(file.name, package.name) or "", package.version)
        }

    def upload(self, package: BuiltPackage, files: Sequence[Path], dist_tag: str | None) -> None:  # noqa: ARG002 - npm's matter
        """Run `uv publish` on the files."""
        self._upload(files)

    def upload_together(self, parcels: Sequence[Parcel]) -> None:
        """Run `uv publish` on the files of all: an index has one token for whatever it is that a job publishes."""
        self._upload([file for parcel in parcels for file in parcel.files])

    def _upload(self, files: Sequence[Path]) -> None:
        minted = self._minted()
        secret = minted.token if minted else self._token
        # The address may hold a password, so it is no argument either.
        token = {"UV_PUBLISH_TOKEN": secret} if secret else {}
        address = {"UV_PUBLISH_URL": self._given_upload} if self._given_upload else {}
        # An index takes attestations only from a job that it trusts.
        plain = {"UV_UPLOAD_HTTP_TIMEOUT": f"{self._http.patience.upload_timeout:.0f}"}
        plain |= {} if minted else {"UV_PUBLISH_NO_ATTESTATIONS": "true"}
        signed = [path for file in files for path in attestations.beside(file)] if minted else []
        try:
            client.upload(
                [self._uv, "publish", "--trusted-publishing=never", "--no-progress", *(file.resolve() for file in (*files, *signed))],
                self._top,
                keep=(*_KEPT, *(() if address else _KEPT_ADDRESS), *(() if token else _KEPT_CREDENTIALS)),
                secrets=token | address,
                settings=plain,
                taken=_TAKEN,
                timeout=self._http.patience.upload_timeout,
                remedy="See what the index says; a token must be allowed to upload to this project.",
                refusals=[_CLOSED],
            )
        except RegistryError as error:
            if self._tokens and error.findings[0].rule != "already-exists":
                self._tokens.forget()
            raise

    def _is_closed(self, package: BuiltPackage) -> bool:
        """Whether the version, some of whose files are missing, was begun too long ago, as far as the index told of it."""
        begun = self._begun.get(package.name)
        return begun is not None and datetime.now(UTC) - begun > _OPEN_FOR

    def _closed(self, package: BuiltPackage) -> Finding:
        since = f"{self._begun[package.name]:%Y-%m-%d}"
        what = (
            f"PyPI has some files of {package.name} {package.version} since {since}, and takes no other ones after {_OPEN_FOR.days} days."
        )
        return _closed(what).findings[0]

    @property
    def _mints(self) -> bool:
        """Whether tokens come from trusted publishing, for want of one that the user gave."""
        given = self._token or os.environ.get("UV_PUBLISH_TOKEN") or os.environ.get("UV_PUBLISH_PASSWORD") or ""
        return self._trusted is not None and self._trusted.is_for(given)

    def _minted(self) -> Minted | None:
        """A token of trusted publishing; None where it isn't used, or where the index has none and another way will do."""
        if not self._mints or self._tokens is None or self._trusted is None:
            return None
        try:
            return self._tokens.get()
        except RegistryError as error:
            if error.findings[0].rule == "trusted-publishing-absent" and not self._trusted.is_required:
                return None
            raise

    def _page(self, package: BuiltPackage) -> Answer | None:
        """The project's page, or None when there is no such project."""
        url = f"{self._index.rstrip('/')}/{canonical('pypi', package.name)}/"
        answer = self._http.get(url, accept=simple_index.ACCEPTED)
        if answer.status not in {200, 404}:
            raise unusable(answer.url, f"the index answered {answer.status}")
        return None if answer.status == 404 else answer

    def _fetched(self, address: str) -> str:
        url, login = credentials(self._index)
        return self._http.digest(address, "sha256", login if same_origin(address, url) else None)

    @cached_property
    def _uv(self) -> Path:
        return self._find_uv()

    @cached_property
    def _index(self) -> str:
        """The index that shows what is uploaded: the default one for uv's default, else the one that the user names.

        Raises:
            InputError: files go to an index of the user's, and nothing says where they can be read (`pypi-index-unknown`).
        """
        named = (self._given_index, *(os.environ.get(name, "") for name in _INDEX_VARIABLES))
        if self._given_index or not self._uploads_by_default:
            for index in filter(None, named):
                return index
            raise InputError(
                "pypi-index-unknown",
                f"Files are uploaded to {shown(self._upload_address)}, but nothing says at which index they can be read.",
                "Set the input `pypi-index` to the index's address, the one that installers use; or UV_DEFAULT_INDEX.",
            )
        return self._default_index

    @property
    def _uploads_by_default(self) -> bool:
        """A mirror that is configured for reading may be stale, so it isn't asked about files that don't go there."""
        return self._upload_address == _said(self._probe("--no-config", variables=()))

    @cached_property
    def _upload_address(self) -> str:
        return self._given_upload or _said(self._probe(variables=(*_KEPT, *_KEPT_ADDRESS)))

    @cached_property
    def _default_index(self) -> str:
        words = process.run([self._uv, "help", "--no-pager", "pip", "install"], folder=self._top).stdout
        match = _DEFAULT_INDEX.search(words)
        if match is None:
            raise ToolError("uv-index", "uv does not say which index it reads by default.", "Set the input `pypi-index`.")
        return match[1]

    def _probe(self, *options: str, variables: Sequence[str]) -> str:
        """What `uv publish` says that it would do with an empty file: it names the upload address before it looks inside."""
        with tempfile.TemporaryDirectory() as folder:
            probe = Path(folder, "probe-0-py3-none-any.whl")
            probe.touch()
            command: list[str | Path] = [self._uv, "publish", "--dry-run", "--trusted-publishing=never", *options, probe]
            return process.run(command, folder=self._top, keep=variables, added={"UV_PUBLISH_TOKEN": "-"}, check=False).output


def _said(words: str) -> str:
    match = _UPLOAD_ADDRESS.search(words)
    if match is None:
        raise ToolError("uv-upload", f"uv does not say where it would upload to:\n{words[-500:]}\n", "Set the input `pypi-upload`.")
    return match[1]
