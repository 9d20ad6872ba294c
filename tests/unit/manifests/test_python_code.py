import pytest

from release_actions.errors import ManifestError
from release_actions.manifests import poetry_lock, python_code, setup_cfg


def constants(code: str, path: str = "acme/_version.py") -> list[tuple[str, str, int]]:
    data = code.encode()
    sites = {site.token: site for site in python_code.read(path, data).versions}.values()
    assert all(data[site.token.start : site.token.end].decode() == site.text for site in sites)
    return [(site.key, site.text, site.line) for site in sites]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('__version__ = "1.2.3"', [("__version__", "1.2.3", 1)]),
        ("\ufeff\r\nVERSION='1.2.3'\r\n", [("VERSION", "1.2.3", 2)]),
        ('version: Final[str] = """1.2.3"""', [("version", "1.2.3", 1)]),
        ('__version__ = "1.2" ".3"', []),
        ('__version__ = "1.2.3".strip()', []),
        ('__version__ = f"1.2.3"\nversion = f"{x}"', [("__version__", "1.2.3", 1)]),
        ('__version__ = "unknown"', []),
        ('__version__ = ("1.2.3")', []),
        ('x = 1; __version__ = "1.2.3"', []),
        ('x.__version__ = "1.2.3"', []),
        ('__version__ == "1.2.3"', []),
        ('if x:\n    __version__ = "1.2.3"', []),
        ("'''\n__version__ = \"1.2.3\"\n'''", []),
        ('# __version__ = "1.2.3"', []),
        ('__version__ = metadata.version("acme")', []),
        ('__version__ = "1.2.\\\n3"', []),
        ("rb'\\'' # it's\n__version__ = '1.2.3'", [("__version__", "1.2.3", 2)]),
        ("f'{d[\"x\"]:{'>'}10}'\n__version__ = '1.2.3'", [("__version__", "1.2.3", 2)]),
        ("f'{{'\n__version__ = '1.2.3'", [("__version__", "1.2.3", 2)]),
    ],
)
def test_a_constant_is_a_plain_string_at_the_start_of_a_line(code: str, expected: list[tuple[str, str, int]]) -> None:
    assert constants(code) == expected


def test_other_names_count_only_in_modules_that_are_named_for_it() -> None:
    code = 'VERSION = "1.2.3"\nversion = "1.2.3"\n__version__ = "1.2.3"\n'
    assert [key for key, _, _ in constants(code, "src/acme/__init__.py")] == ["__version__"]
    assert len(constants(code, "src/acme/version.py")) == 3


@pytest.mark.parametrize(
    ("path", "folder"), [("acme/__init__.py", ""), ("a/b/src/acme/__init__.py", "a/b/"), ("a/acme/x/__init__.py", "a/acme/")]
)
def test_a_constant_belongs_to_the_project_around_its_package(path: str, folder: str) -> None:
    owners = [site.owner for site in python_code.read(path, b'__version__ = "1.2.3"').versions]
    assert owners == [f"{folder}{name}" for name in ("pyproject.toml", "setup.cfg", "setup.py")]


def test_a_module_outside_packages_belongs_to_nobody() -> None:
    assert constants('__version__ = "1.2.3"', "version.py") == []


@pytest.mark.parametrize("code", ['__version__ = "1.2.3', 'version\n"""x'])
def test_broken_code_is_an_error(code: str) -> None:
    with pytest.raises(ManifestError, match=r"acme/_version\.py:\d"):
        constants(code)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[metadata]\nversion = 1.2.3\n", [("1.2.3", 2)]),
        ("[metadata]\nVersion:1.2.3 \r\n", [("1.2.3", 2)]),
        ("[metadata]\nversion = attr: acme.__version__\n", []),
        ("[metadata]\nversion =\n", []),
        ("[metadata]\nname = x\n version = 1.2.3\n[a]\nversion = 1.2.3", []),
        ("[tool:metadata]\nversion = 1.2.3", []),
    ],
)
def test_the_version_of_the_metadata_is_the_projects(text: str, expected: list[tuple[str, int]]) -> None:
    manifest = setup_cfg.read("setup.cfg", text.encode())
    assert [(site.text, site.line) for site in manifest.versions] == expected
    assert bool(manifest.left_alone) is ("attr" in text)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("[metadata]\nversion=1.2.3\nversion=1.2.3\n", "manifest-duplicate-key"),
        ("[metadata]\nversion=1.2.3 ü\n", "manifest-escape"),
        ("\udcff", "manifest-encoding"),
    ],
)
def test_a_version_that_can_not_be_set_is_an_error(text: str, rule: str) -> None:
    with pytest.raises(ManifestError) as caught:
        setup_cfg.read("setup.cfg", text.encode(errors="surrogateescape"))
    assert [finding.rule for finding in caught.value.findings] == [rule]


def test_requirements_beside_their_key_are_found_behind_letters_of_several_bytes() -> None:
    data = "[options]\ninstall_requires = acme-core==1.2.3; ünï==1.2.3; acme-http>=1.2.3\n".encode()
    sites = setup_cfg.read("setup.cfg", data).dependencies
    assert [(site.package, data[site.token.start : site.token.end]) for site in sites] == [
        ("acme-core", b"==1.2.3"),
        ("acme-http", b">=1.2.3"),
    ]


def test_poetry_locks_packages_of_folders_by_their_place() -> None:
    lock = b'[[package]]\nname = "a"\nversion = "1.2.3"\n[package.source]\ntype = "directory"\nurl = "../a"\n'
    (site,) = poetry_lock.read("x/y/poetry.lock", lock).versions
    assert (site.owner, site.line) == ("x/a/pyproject.toml", 3)
