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


def test_symbols_of_a_package_that_is_there_are_uploaded_only_if_the_user_says_so() -> None:
    one = package(Ecosystem.NUGET, "u", "u.nupkg", "u.snupkg")
    found = {one.key: held(file("u.nupkg"))}
    assert planning.make(VERSION, [one], found).is_empty
    (upload,) = planning.make(VERSION, [one], found, symbols_again=True).uploads
    assert [part.name for part in upload.files] == ["u.snupkg"]


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
