"""The tool for catalogues finds every way of marking a text, and names what is not translated."""

from pathlib import Path

import pytest

from tools import messages

CODE = '''"""A module."""
from django.utils.translation import gettext_lazy as _, ngettext, pgettext

TITLE = _("A title")
COUNTED = ngettext("%(n)s file", "%(n)s files", 2)
IN_CONTEXT = pgettext("month", "May")
'''
PAGE = """
    <p title="{% translate "Half is 50%" %}">Not marked, isn't it</p>
  {% blocktranslate with name=x %}Hello, {{ name }}{% endblocktranslate %}
 {% blocktranslate count n=n %}{{ n }} mark{% plural %}{{ n }} marks{% endblocktranslate %}
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with a module and a template."""
    package = tmp_path / "packages" / "x" / "saldo_x"
    (package / "templates").mkdir(parents=True)
    (package / "__init__.py").write_text(CODE)
    (package / "templates" / "page.html").write_text(PAGE)
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    return package


def test_every_way_of_marking_is_found(package: Path) -> None:
    found = {(message.id, message.context) for message in messages.messages_in(package) if message.id}
    assert found == {
        ("A title", None),
        (("%(n)s file", "%(n)s files"), None),
        ("May", "month"),
        ("Half is 50%%", None),
        ("Hello, %(name)s", None),
        (("%(n)s mark", "%(n)s marks"), None),
    }


def test_an_update_keeps_translations_drops_what_is_gone_and_has_no_places(package: Path) -> None:
    messages.update()
    path = messages.path_of(package)
    path.write_text(path.read_text().replace('msgid "A title"\nmsgstr ""', 'msgid "A title"\nmsgstr "Tytuł"'))
    (package / "templates" / "page.html").unlink()
    messages.update()
    once = path.read_text()
    messages.update()
    assert path.read_text() == once
    assert 'msgid "A title"\nmsgstr "Tytuł"' in once
    assert "Hello" not in once
    assert "#:" not in once


def test_the_check_names_what_is_missing_fuzzy_and_gone(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    messages.update()
    path = messages.path_of(package)
    text = path.read_text().replace('msgid "A title"\nmsgstr ""', '#, fuzzy\nmsgid "A title"\nmsgstr "Tytuł"')
    path.write_text(text + '\nmsgid "Gone"\nmsgstr "Nie ma"\n')
    assert messages.check() == 1
    said = capsys.readouterr().err.splitlines()
    assert "saldo_x: fuzzy: 'A title'" in said
    assert "saldo_x: not translated: 'May'" in said
    assert "saldo_x: no longer used: 'Gone'" in said
    assert len(said) == 8


def test_the_check_is_quiet_when_all_is_translated(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (package / "templates" / "page.html").unlink()
    (package / "__init__.py").write_text('"""A module."""\nTITLE = _("A title")\n')
    messages.update()
    path = messages.path_of(package)
    path.write_text(path.read_text().replace('msgid "A title"\nmsgstr ""', 'msgid "A title"\nmsgstr "Tytuł"'))
    assert (messages.check(), messages.compile_all()) == (0, 0)
    assert (capsys.readouterr().err, path.with_suffix(".mo").exists()) == ("", True)
