"""The house is tidy: docstrings, short functions, known rooms, settings that are written down."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FUNCTION_LINES_MAX = 60
ROOMS = {
    "protocol/saldo_protocol": set(),
    "core/saldo_core": {"help", "sqlite", "templatetags", "templates", "static", "locale"},
    "desk/saldo_desk": {
        "books", "sources", "exchange", "help", "site", "commands", "migrations", "templates", "static", "locale",
    },
    "platform/saldo_platform": {
        "companies", "exchange", "help", "services", "site", "migrations", "templates", "static", "locale",
    },
}  # fmt: skip
TOP_FILES = {"__init__.py", "__main__.py", "models.py", "settings.py", "urls.py", "wsgi.py", "py.typed"}
LONG_FOR_A_REASON = {
    "packages/core/saldo_core/django_settings.py:shared",  # one table of settings
    "system_tests/test_journey.py:test_from_no_key_to_the_second_banner",  # one story
}
SETTING = re.compile(r"\bSALDO_[A-Z_]*[A-Z]\b")


def sources() -> list[Path]:
    """Every module of ours, tests too, migrations not."""
    found = [
        path for folder in ("packages", "tools", "bench", "system_tests") for path in (ROOT / folder).rglob("*.py")
    ]
    return sorted(path for path in found if "migrations" not in path.parts)


def parsed() -> Iterator[tuple[str, ast.Module]]:
    for path in sources():
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def test_there_is_something_to_look_at() -> None:
    assert len(sources()) > 100


def test_every_module_says_what_it_is_for() -> None:
    assert [name for name, tree in parsed() if tree.body and not ast.get_docstring(tree)] == []


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body; signature and docstring don't count."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{name}:{node.name}"
        for name, tree in parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body_lines(node) > FUNCTION_LINES_MAX
    }
    assert long - LONG_FOR_A_REASON == set()


@pytest.mark.parametrize("package", ROOMS)
def test_every_file_has_a_room(package: str) -> None:
    folder = ROOT / "packages" / package
    there = {path for path in folder.iterdir() if path.name != "__pycache__"}
    rooms = {path.name for path in there if path.is_dir()}
    assert rooms - ROOMS[package] == set()
    if package.startswith(("desk", "platform")):
        assert {path.name for path in there if path.is_file()} - TOP_FILES == set()


def test_a_package_holds_its_code_its_tests_and_nothing_else() -> None:
    known = {path.split("/")[0]: {path.split("/")[1], "tests", "pyproject.toml"} for path in ROOMS}
    there = {
        package.name: {path.name for path in package.iterdir() if not path.name.startswith((".", "__pycache__"))}
        for package in (ROOT / "packages").iterdir()
        if package.is_dir() and package.name != "__pycache__"
    }
    assert set(there) == set(known)
    assert [(name, there[name] - known[name]) for name in known if there[name] - known[name]] == []


def test_the_packages_are_of_one_version_which_is_the_newest_of_the_changes() -> None:
    newest = re.search(r"^## (\S+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert newest is not None
    for path in ROOMS:
        assert f'__version__ = "{newest[1]}"\n' in (ROOT / "packages" / path / "__init__.py").read_text("utf-8")
        package = tomllib.loads((ROOT / "packages" / path).with_name("pyproject.toml").read_text("utf-8"))
        assert package["project"].get("dynamic") == ["version"]


def test_every_setting_is_written_down_and_every_one_written_down_is_read() -> None:
    places = [*(path for path in sources() if "tests" not in str(path.parent)), ROOT / "Makefile"]
    read = {name for path in places for name in SETTING.findall(path.read_text(encoding="utf-8"))}
    of_tests = {"SALDO_SAMPLES", "SALDO_PICTURES", "SALDO_TEST_POSTGRESQL"}
    written = set(re.findall(r"^\| `(SALDO_[A-Z_]+)` \|", (ROOT / "docs/operations.md").read_text("utf-8"), re.M))
    assert written == read | of_tests


def refusals_of_the_platform() -> Iterator[tuple[str, int]]:
    """Code and status of every refusal that the Platform's code declares, and those of core."""
    folders = ("packages/platform/saldo_platform", "packages/core/saldo_core")
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and any(getattr(base, "id", "") == "Refusal" for base in node.bases):
                values = {
                    target.id: statement.value.value
                    for statement in node.body
                    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
                    for target in statement.targets
                    if isinstance(target, ast.Name)
                }
                yield str(values["code"]), int(str(values.get("status", 422)))


def test_every_refusal_of_the_platform_is_on_the_api_page() -> None:
    page = (ROOT / "docs/api.md").read_text("utf-8")
    written = {(code, int(status)) for code, status in re.findall(r"^\| `([a-z_]+)` \| (\d{3}) \|", page, re.M)}
    assert written == set(refusals_of_the_platform())


def test_every_example_on_the_api_page_is_json() -> None:
    examples = re.findall(r"^```json\n(.*?)^```", (ROOT / "docs/api.md").read_text("utf-8"), re.M | re.S)
    assert len([json.loads(example) for example in examples]) == 7


def test_every_link_between_the_pages_leads_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))]
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []
