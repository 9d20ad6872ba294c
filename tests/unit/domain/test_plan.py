import pytest

from release_actions.domain import plan as planning
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage, Digest, File, OnRegistry
from release_actions.domain.version import Version
from release_actions.errors import RefusedError

VERSION = Version.parse("1.2.3")


def file(name: str, mark: str = "a") -> File:
    return File(name, 1, mark * 64, mark * 128)


def package(ecosystem: Ecosystem, name: str, *files: str, version: str = "1.2.3", depends_on: tuple[str, ...] = ()) -> BuiltPackage:
    return BuiltPackage(ecosystem, name, version, tuple(file(one) for one in files or (f"{name}.bin",)), depends_on)


def held(*files: File, versions: tuple[str, ...] = (), **pointers: str) -> OnRegistry:
    return OnRegistry({one.name: one.digest("sha512") for one in files}, versions, pointers)


def order(plan: planning.Plan) -> list[list[str]]:
    return [[upload.package.name for upload in wave] for wave in plan.waves]


def test_waves_go_from_the_most_reversible_registry_on_and_dependencies_go_first() -> None:
    packages = [
        package(Ecosystem.PYPI, "p"),
        package(Ecosystem.NPM, "n-app", depends_on=("n-core",)),
        package(Ecosystem.NPM, "n-core"),
        package(Ecosystem.NUGET, "u"),
    ]
    plan = planning.make(VERSION, packages, {one.key: OnRegistry() for one in packages})
    assert order(plan) == [["u"], ["n-core"], ["n-app"], ["p"]]


def test_what_is_there_with_the_same_digest_is_left_alone_file_by_file() -> None:
    one = package(Ecosystem.PYPI, "p", "p.whl", "p.tar.gz")
    half = OnRegistry({"p.whl": file("p.whl").digest("sha256")})
    (upload,) = planning.make(VERSION, [one], {one.key: half}).uploads
    assert [part.name for part in upload.files] == ["p.tar.gz"]
    assert planning.make(VERSION, [one], {one.key: held(*one.files)}).is_empty


@pytest.mark.parametrize(
    ("found", "rule"),
    [
        (OnRegistry({"p.whl": Digest("sha256", "b" * 64)}), "other-content"),
        (OnRegistry({"p.whl": Digest("sha512", "b" * 128)}), "other-content"),
        (OnRegistry({"p-cp312.whl": Digest("sha256", "a" * 64)}), "foreign-file"),
    ],
)
def test_what_is_there_and_was_not_built_is_a_conflict(found: OnRegistry, rule: str) -> None:
    one = package(Ecosystem.PYPI, "p", "p.whl")
    plan = planning.make(VERSION, [one], {one.key: found})
    assert [conflict.rule for conflict in plan.conflicts] == [rule]


@pytest.mark.parametrize(
    ("version", "known", "tag"),
    [
        ("1.2.3", (), "latest"),
        ("1.2.3", ("1.2.2", "2.0.0-beta.1", "3.0.0-foreign.label"), "latest"),
        ("1.2.3", ("2.0.0",), "release-1.2.x"),
        ("1.2.3-beta.4", (), "beta"),
        ("1.2.3-0.dev.4", ("1.2.2",), "dev"),
    ],
)
def test_npm_gets_its_dist_tag_from_the_versions_that_the_registry_knows(version: str, known: tuple[str, ...], tag: str) -> None:
    one = package(Ecosystem.NPM, "n", version=version)
    plan = planning.make(Version.parse(version), [one], {one.key: OnRegistry(versions=known)})
    assert ([upload.dist_tag for upload in plan.uploads], plan.conflicts) == ([tag], ())


@pytest.mark.parametrize(("version", "known"), [("1.2.3-beta.1", ()), ("1.2.3", ("2.0.0",))])
def test_latest_is_refused_for_a_prerelease_and_for_an_old_line(version: str, known: tuple[str, ...]) -> None:
    one = package(Ecosystem.NPM, "n", version=version)
    plan = planning.make(Version.parse(version), [one], {one.key: OnRegistry(versions=known)}, dist_tag="latest")
    assert [conflict.rule for conflict in plan.conflicts] == ["dist-tag-latest"]


@pytest.mark.parametrize("tag", ["1.x", "v1", "x", "X.2", "-f", "a b", "next\n", "ä", "$(id)"])
def test_a_dist_tag_that_npm_would_refuse_or_misread_is_refused_before_anything_is_uploaded(tag: str) -> None:
    one = package(Ecosystem.NPM, "n")
    plan = planning.make(VERSION, [one], {one.key: OnRegistry()}, dist_tag=tag)
    assert [conflict.rule for conflict in plan.conflicts] == ["dist-tag-grammar"]


@pytest.mark.parametrize("tag", ["next", "xylem", "v-next", "release-1.2.x"])
def test_other_words_are_dist_tags(tag: str) -> None:
    one = package(Ecosystem.NPM, "n")
    assert planning.make(VERSION, [one], {one.key: OnRegistry()}, dist_tag=tag).conflicts == ()


def test_symbols_go_with_their_package_and_after_it() -> None:
    one = package(Ecosystem.NUGET, "u", "u.snupkg", "u.nupkg")
    (upload,) = planning.make(VERSION, [one], {one.key: OnRegistry()}).uploads
    assert [part.name for part in upload.files] == ["u.nupkg", "u.snupkg"]


@pytest.mark.parametrize(("symbols", "uploaded"), [("auto", ["u.snupkg"]), ("again", ["u.snupkg"]), ("once", [])])
def test_symbols_of_a_package_that_is_there_are_uploaded_unless_the_user_says_not(symbols: str, uploaded: list[str]) -> None:
    one = package(Ecosystem.NUGET, "u", "u.nupkg", "u.snupkg")
    found = {one.key: held(file("u.nupkg"))}
    plan = planning.make(VERSION, [one], found, symbols=planning.Symbols(symbols))
    assert [part.name for upload in plan.uploads for part in upload.files] == uploaded
    assert plan.is_empty, "nothing is known to be missing"


@pytest.mark.parametrize(
    ("there", "uploaded"),
    [
        ("", ["core.nupkg", "core.snupkg", "app.nupkg", "app.snupkg"]),
        ("core", ["core.snupkg", "app.nupkg", "app.snupkg"]),
        ("core app", ["app.snupkg"]),
    ],
)
def test_a_package_that_comes_after_it_proves_that_the_symbols_of_one_were_taken(there: str, uploaded: list[str]) -> None:
    core = package(Ecosystem.NUGET, "core", "core.nupkg", "core.snupkg")
    app = package(Ecosystem.NUGET, "app", "app.nupkg", "app.snupkg", depends_on=("core",))
    found = {one.key: held(file(f"{one.name}.nupkg")) if one.name in there.split() else OnRegistry() for one in (core, app)}
    plan = planning.make(VERSION, [app, core], found)
    assert [part.name for upload in plan.uploads for part in upload.files] == uploaded


def npm_plan(version: str, *found: OnRegistry, dist_tag: str = "") -> planning.Plan:
    """The plan for npm packages whose dist-tags can be moved."""
    packages = [package(Ecosystem.NPM, f"n{index}", version=version) for index, _ in enumerate(found)]
    known = {one.key: held for one, held in zip(packages, found, strict=True)}
    return planning.make(Version.parse(version), packages, known, dist_tag, movable=set(known))


def test_a_stable_version_waits_under_another_dist_tag_until_all_are_there() -> None:
    known = OnRegistry(versions=("1.2.2",), pointers={"latest": "1.2.2"})
    plan = npm_plan("1.2.3", known, known)
    assert [upload.dist_tag for upload in plan.uploads] == ["staged", "staged"]
    assert [(pointer.package.name, pointer.tag, pointer.version) for pointer in plan.pointers] == [
        ("n0", "latest", "1.2.3"),
        ("n1", "latest", "1.2.3"),
    ]


def test_pointers_that_another_run_moves_stay_where_they_are_and_also_a_lone_upload_waits() -> None:
    packages = [package(Ecosystem.NPM, "n"), package(Ecosystem.NPM, "there")]
    known = OnRegistry(versions=("1.2.2",), pointers={"latest": "1.2.2"})
    there = OnRegistry({file.name: file.digest("sha512") for file in packages[1].files}, ("1.2.2", "1.2.3"), {"latest": "1.2.2"})
    found = {packages[0].key: known, packages[1].key: there}
    plan = planning.make(VERSION, packages, found, movable=set(found), latest=planning.Latest.LATER)
    assert [(upload.dist_tag, upload.tags) for upload in plan.uploads] == [("staged", ())]
    assert plan.pointers == ()


def test_what_has_nothing_to_wait_for_is_published_as_latest_at_once() -> None:
    known = OnRegistry(versions=("1.2.2",), pointers={"latest": "1.2.2"})
    assert [upload.dist_tag for upload in npm_plan("1.2.3", known).uploads] == ["latest"], "a lone upload"
    assert [upload.dist_tag for upload in npm_plan("1.2.3", OnRegistry(), OnRegistry()).uploads] == ["latest"] * 2, "first publications"
    packages = [package(Ecosystem.NPM, name) for name in "ab"]
    plan = planning.make(VERSION, packages, {one.key: known for one in packages})
    assert ([upload.dist_tag for upload in plan.uploads], plan.pointers) == (["latest"] * 2, ()), "where no tag can be moved"


@pytest.mark.parametrize(
    ("version", "versions", "is_at", "tag", "moved"),
    [
        ("1.2.3", "1.2.2 1.2.3", {"latest": "1.2.2"}, "", {"latest": "1.2.3"}),  # an earlier run ended before the pointers
        ("1.2.3", "1.2.3", {"latest": "1.2.3"}, "", {}),
        ("1.2.3", "1.2.3 1.3.0", {"latest": "1.3.0"}, "", {}),  # never backwards
        ("1.2.3", "1.2.3 1.3.0", {"latest": "1.2.2"}, "", {}),  # not this release's matter
        ("1.2.3", "1.2.3 1.3.0", {"latest": "1.2.3"}, "", {"latest": "1.3.0"}),  # this release took it from a higher one
        ("1.2.3-beta.1", "1.2.2 1.2.3-beta.1", {"latest": "1.2.3-beta.1"}, "", {"latest": "1.2.2"}),
        ("1.2.3-beta.1", "1.2.3-beta.1", {"latest": "1.2.3-beta.1"}, "", {}),  # there is nothing better
        ("1.2.3-beta.2", "1.2.3-beta.1 1.2.3-beta.2", {"beta": "1.2.3-beta.1"}, "", {"beta": "1.2.3-beta.2"}),
        ("1.2.3-beta.1", "1.2.3-beta.1 1.2.3-beta.2", {"beta": "1.2.3-beta.1"}, "", {"beta": "1.2.3-beta.2"}),
        ("1.2.3", "1.2.2 1.2.3", {"latest": "1.2.2", "next": "1.2.2"}, "next", {"next": "1.2.3"}),
        ("1.2.3", "1.2.3 1.3.0", {"latest": "1.3.0", "next": "1.3.0"}, "next", {}),
    ],
)
def test_pointers_of_what_is_there_move_to_this_version_or_away_from_it(
    version: str, versions: str, is_at: dict[str, str], tag: str, moved: dict[str, str]
) -> None:
    one = package(Ecosystem.NPM, "n0", version=version)
    plan = npm_plan(version, held(*one.files, versions=tuple(versions.split()), **is_at), dist_tag=tag)
    assert {pointer.tag: pointer.version for pointer in plan.pointers} == moved
    assert plan.is_empty is not bool(moved)


def test_latest_never_goes_to_a_version_that_was_withdrawn() -> None:
    one = package(Ecosystem.NPM, "n0")
    found = OnRegistry(
        {file.name: file.digest("sha512") for file in one.files}, ("1.2.2", "1.2.3"), {"latest": "1.2.2"}, frozenset({"1.2.3"})
    )
    assert npm_plan("1.2.3", found).is_empty


def test_a_circle_of_dependencies_is_refused() -> None:
    packages = [package(Ecosystem.NPM, "a", depends_on=("b",)), package(Ecosystem.NPM, "b", depends_on=("a",))]
    with pytest.raises(RefusedError, match="dependency-cycle"):
        planning.make(VERSION, packages, {one.key: OnRegistry() for one in packages})


BETA, RC = "1.2.3-beta.1", "1.2.3-rc.1"


@pytest.mark.parametrize(
    ("version", "known", "at", "wanted", "said"),
    [
        (BETA, (BETA,), {"latest": BETA, "beta": BETA}, "beta", "first publication"),
        ("1.2.3", ("1.2.3", "2.0.0"), {"latest": "1.2.3"}, None, "npm dist-tag add n@2.0.0 latest"),
        ("1.2.3", ("1.2.3",), {"latest": RC}, "latest", "npm dist-tag add n@1.2.3 latest"),
        (RC, (RC, "1.0.0"), {"latest": "1.0.0"}, "rc", "npm dist-tag add n@1.2.3-rc.1 rc"),
    ],
)
def test_dist_tags_that_are_wrong_afterwards_are_told_with_what_to_run(
    version: str, known: tuple[str, ...], at: dict[str, str], wanted: str | None, said: str
) -> None:
    found = OnRegistry(versions=known, pointers=at)
    (warning,) = planning.pointer_warnings(package(Ecosystem.NPM, "n", version=version), found, wanted)
    assert said in str(warning)


def test_right_dist_tags_need_no_words() -> None:
    found = OnRegistry(versions=("1.2.3", "2.0.0"), pointers={"latest": "2.0.0", "release-1.2.x": "1.2.3"})
    assert planning.pointer_warnings(package(Ecosystem.NPM, "n"), found, "release-1.2.x") == ()
