"""GitHub's Git database and its pull requests on loopback, over a real bare repository."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import Any

from tests.github_api import TIME, GitHubDouble, RefusedError
from tests.repositories import Repository


@dataclass
class GitDouble(GitHubDouble):
    """A repository whose objects and refs are those of `bare`. It signs commits when `signs`, unless they name an author."""

    bare: Repository = field(kw_only=True)
    signs: bool = True
    protected: str = ""
    pulls: list[dict[str, Any]] = field(default_factory=list)

    def _routes(self) -> list[tuple[str, str, Any]]:
        return [
            (r"git/trees/(\w+)", "GET", self._read_tree),
            (r"git/trees", "POST", self._make_tree),
            (r"git/blobs", "POST", self._make_blob),
            (r"git/commits/(\w+)", "GET", self._read_commit),
            (r"git/commits", "POST", self._make_commit),
            (r"git/tags/(\w+)", "GET", self._read_tag),
            (r"git/tags", "POST", self._make_tag),
            (r"git/refs?/(.+)", "GET", self._read_ref),
            (r"git/refs", "POST", self._make_ref),
            (r"git/refs/(.+)", "PATCH", self._move_ref),
            (r"pulls", "GET", self._list_pulls),
            (r"pulls", "POST", self._open_pull),
            (r"pulls/(\d+)", "PATCH", self._edit_pull),
            *super()._routes(),
        ]

    def _url(self, path: str) -> str:
        return f"{self.address}/repos/{self.name}/{path}"

    def _tree(self, sha: str) -> dict[str, Any]:
        return {"sha": sha, "url": self._url(f"git/trees/{sha}"), "tree": [], "truncated": False}

    def _read_tree(self, sha: str, **_: Any) -> tuple[int, Any]:
        return 200, self._tree(sha)

    def _make_tree(self, *, body: dict[str, Any], **_: Any) -> tuple[int, Any]:
        listed = self.bare.git("ls-tree", "-r", "-z", body["base_tree"]).split("\0")[:-1]
        entries = {path: entry for entry, _, path in (line.partition("\t") for line in listed)}
        for item in body["tree"]:
            blob = item.get("sha") or self.bare.git("hash-object", "-w", "--stdin", text=item["content"])
            entries[item["path"]] = f"{item['mode']} blob {blob}"
        index = {"GIT_INDEX_FILE": str(self.bare.folder / "index-of-double")}
        lines = "".join(f"{entry.split()[0]} {entry.split()[2]}\t{path}\0" for path, entry in entries.items())
        self.bare.git("read-tree", "--empty", added=index)
        self.bare.git("update-index", "-z", "--index-info", text=lines, added=index)
        return 201, self._tree(self.bare.git("write-tree", added=index))

    def _make_blob(self, *, body: dict[str, Any], **_: Any) -> tuple[int, Any]:
        file = self.bare.folder / "blob-of-double"
        file.write_bytes(base64.b64decode(body["content"]) if body["encoding"] == "base64" else body["content"].encode())
        sha = self.bare.git("hash-object", "-w", "--no-filters", str(file))
        return 201, {"sha": sha, "url": self._url(f"git/blobs/{sha}")}

    def _commit(self, sha: str, *, verified: bool) -> dict[str, Any]:
        tree, parents, message = self.bare.git("show", "--no-patch", "--format=%T%x00%P%x00%B", sha).split("\0")
        person = {"date": TIME, "email": "bot@acme.example", "name": "bot"}
        verdict = {
            "verified": verified,
            "reason": "valid" if verified else "unsigned",
            "signature": None,
            "payload": None,
            "verified_at": None,
        }
        links = [{"sha": one, "url": self._url(f"git/commits/{one}"), "html_url": "https://github.example/c"} for one in parents.split()]
        inside = {"tree": {"sha": tree, "url": self._url(f"git/trees/{tree}")}, "parents": links, "verification": verdict}
        address = {"url": self._url(f"git/commits/{sha}"), "html_url": "https://github.example/c"}
        return {"sha": sha, "node_id": "C", **address, "author": person, "committer": person, "message": message, **inside}

    def _read_commit(self, sha: str, **_: Any) -> tuple[int, Any]:
        return 200, self._commit(sha, verified=False)

    def _make_commit(self, *, body: dict[str, Any], **_: Any) -> tuple[int, Any]:
        parents = [word for parent in body["parents"] for word in ("-p", parent)]
        sha = self.bare.git("commit-tree", body["tree"], *parents, "-F", "-", text=body["message"])
        return 201, self._commit(sha, verified=self.signs and "author" not in body and "committer" not in body)

    def _read_tag(self, sha: str, **_: Any) -> tuple[int, Any]:
        header, words = self.bare.git("cat-file", "tag", sha).split("\n\n", 1)
        told = {line.split(" ")[0]: line.split(" ")[1] for line in header.split("\n")}
        url = self._url(f"git/tags/{sha}")
        target = {"sha": told["object"], "type": told["type"], "url": url}
        who = {"date": TIME, "email": "bot@acme.example", "name": "bot"}
        return 200, {"node_id": "T", "tag": told["tag"], "sha": sha, "url": url, "message": words, "tagger": who, "object": target}

    def _make_tag(self, *, body: dict[str, Any], **_: Any) -> tuple[int, Any]:
        tagger = "tagger bot <bot@acme.example> 1767614400 +0000"
        text = f"object {body['object']}\ntype commit\ntag {body['tag']}\n{tagger}\n\n{body['message']}\n"
        sha, url = self.bare.git("mktag", text=text), self._url("git/tags/x")
        target = {"sha": body["object"], "type": "commit", "url": url}
        who = {"date": TIME, "email": "bot@acme.example", "name": "bot"}
        return 201, {
            "node_id": "T",
            "tag": body["tag"],
            "sha": sha,
            "url": url,
            "message": body["message"],
            "tagger": who,
            "object": target,
        }

    def _ref(self, ref: str, status: int = 200) -> tuple[int, Any]:
        found = self.bare.git("for-each-ref", "--format=%(objectname) %(objecttype)", ref)
        if not found:
            raise RefusedError(404, "Not Found")
        sha, kind = found.split()
        return status, {
            "ref": ref,
            "node_id": "R",
            "url": self._url(f"git/{ref}"),
            "object": {"sha": sha, "type": kind, "url": self._url(f"git/{ref}")},
        }

    def _read_ref(self, ref: str, **_: Any) -> tuple[int, Any]:
        return self._ref(f"refs/{ref}")

    def _make_ref(self, *, body: dict[str, Any], **_: Any) -> tuple[int, Any]:
        self._require_open(body["ref"])
        if self.bare.git("for-each-ref", body["ref"]):
            raise RefusedError(422, "Reference already exists")
        self.bare.git("update-ref", body["ref"], body["sha"])
        return self._ref(body["ref"], 201)

    def _move_ref(self, ref: str, *, body: dict[str, Any], **_: Any) -> tuple[int, Any]:
        self._require_open(f"refs/{ref}")
        old = self.bare.git("rev-parse", f"refs/{ref}")
        if not body.get("force") and self.bare.git("merge-base", old, body["sha"]) != old:
            raise RefusedError(422, "Update is not a fast forward")
        self.bare.git("update-ref", f"refs/{ref}", body["sha"])
        return self._ref(f"refs/{ref}")

    def _require_open(self, ref: str) -> None:
        if self.protected and re.search(self.protected, ref):
            raise RefusedError(422, "Repository rule violations found")

    def _list_pulls(self, *, query: dict[str, str], **_: Any) -> tuple[int, Any]:
        fitting = [pull for pull in self.pulls if (pull["head"]["label"], pull["base"]["ref"]) == (query["head"], query["base"])]
        return 200, [self.description.sample("pull-request-simple") | pull for pull in fitting if pull["state"] == "open"]

    def _open_pull(self, *, body: dict[str, Any], **_: Any) -> tuple[int, Any]:
        if "pulls" in self.protected:
            raise RefusedError(403, "GitHub Actions is not permitted to create or approve pull requests.")
        number, sample = len(self.pulls) + 1, self.description.sample("pull-request")
        label = f"{self.name.partition('/')[0]}:{body['head']}"
        head, base = sample["head"] | {"label": label, "ref": body["head"]}, sample["base"] | {"ref": body["base"]}
        pull = {"number": number, "title": body["title"], "body": body["body"], "url": self._url(f"pulls/{number}"), "state": "open"}
        self.pulls.append({**pull, "html_url": f"https://github.example/pull/{number}", "head": head, "base": base})
        return 201, sample | self.pulls[-1]

    def _edit_pull(self, number: str, *, body: dict[str, Any], **_: Any) -> tuple[int, Any]:
        self.pulls[int(number) - 1] |= body
        return 200, self.description.sample("pull-request") | self.pulls[int(number) - 1]
