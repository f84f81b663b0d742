"""Every word on the screen is translated, and a language needs no more than its catalogue."""

import json
import shutil
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from devtools import translations
from roms_app import config
from roms_app.components.choices import language_options
from roms_app.domain import fields, reasons, time, wording
from roms_app.errors import InvalidInput
from roms_app.i18n import catalog, t, tn
from roms_app.i18n.catalog import CATALOGUES, Catalogues
from roms_app.states.login import preferred_language
from roms_app.states.session import SessionState

#: Polish, as a translator begins: a head with its three forms of a plural, and a few texts.
_POLISH = r"""# The Polish words of ROMS.
msgid ""
msgstr ""
"Language: pl\n"
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\n"

msgid "English"
msgstr "Polski"

msgid "Log out"
msgstr "Wyloguj"

msgid "now"
msgstr "teraz"

msgid "{agent} took this conversation."
msgstr "{agent} bierze tę rozmowę."

msgid "{count} chat"
msgid_plural "{count} chats"
msgstr[0] "{count} czat"
msgstr[1] "{count} czaty"
msgstr[2] "{count} czatów"
"""


@pytest.fixture
def polish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogues:
    """ROMS's catalogues and one more: a file, and nothing else."""
    shutil.copy(CATALOGUES.folder / "id.po", tmp_path)
    (tmp_path / "pl.po").write_text(_POLISH, encoding="utf-8")
    catalogues = Catalogues(tmp_path)
    monkeypatch.setattr(catalog, "CATALOGUES", catalogues)
    monkeypatch.setattr(config, "CATALOGUES", catalogues)
    return catalogues


@pytest.fixture(scope="module")
def shown() -> Catalog:
    """The texts of the code."""
    return translations.template()


def test_texts_are_found(shown: Catalog) -> None:
    """The premise."""
    assert all(shown.get(text) for text in ("Log in", "Pairing QR code", "This is the last admin.", "English"))
    counted = shown.get("{count} agent")
    assert counted and counted.id == ("{count} agent", "{count} agents")


@pytest.mark.parametrize("language", CATALOGUES.translated)
def test_every_text_is_translated_and_nothing_is_left_over(language: str, shown: Catalog) -> None:
    found = translations.problems(CATALOGUES.read(language), shown)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", CATALOGUES.translated)
def test_a_catalogue_is_as_the_update_writes_it(language: str, shown: Catalog) -> None:
    """Of two translations of one text the first would be lost without a word; another order hides what changed."""
    text = (CATALOGUES.folder / f"{language}.po").read_text(encoding="utf-8")
    head = text.split("\n\n", 1)[0]
    assert translations.written(translations.updated(CATALOGUES.read(language), shown), head) == text


def test_the_browsers_words_are_those_of_the_catalogues() -> None:
    assert len(translations.browser_words()) > 90, "the premise"
    written = translations.BROWSER_WORDS.read_text(encoding="utf-8")
    assert written == translations.browser_script(), "make i18n-compile was forgotten"


def test_what_is_wrong_with_a_catalogue_is_told(polish: Catalogues, shown: Catalog) -> None:
    read = polish.read("pl")
    read.add("Gone from the code", "Nie ma")
    read.add("Remove {name}?", "Usunąć {nazwa}?")
    read.add(("{count} agent", "{count} agents"), ("{count} agent", "", "{count} agentów"))
    found = translations.problems(read, shown)
    assert "'Gone from the code' is no longer shown anywhere." in found
    assert "The fields in braces of 'Remove {name}?' are others in its translation." in found
    assert any(line.startswith("('{count} agent', '{count} agents') is not translated") for line in found)
    assert any(line.startswith("'Log in' is not translated (pages/login.py)") for line in found)
    assert not [line for line in found if "'Log out'" in line or "{count} chat'" in line]


def test_an_update_keeps_what_is_translated(polish: Catalogues, shown: Catalog) -> None:
    read = polish.read("pl")
    read.add("Gone from the code", "Nie ma")
    head = _POLISH.split("\n\n", 1)[0]
    (polish.folder / "pl.po").write_text(translations.written(translations.updated(read, shown), head), "utf-8")
    again = polish.read("pl")
    assert {message.id for message in again} == {message.id for message in shown}
    known, counted = again.get("Log out"), again.get("{count} chat")
    assert known and counted and (known.string, counted.string[2]) == ("Wyloguj", "{count} czatów")
    assert again.num_plurals == 3


def test_a_text_that_is_put_together_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text("t(f'Hello {name}')\n")
    with pytest.raises(ValueError, match=r"^page\.py:1: "):
        list(translations.texts(tmp_path))


def test_english_is_itself_and_the_unknown_stays() -> None:
    assert catalog.translate("en", "Log out") == "Log out"
    assert catalog.translate("id", "Log out") == "Keluar"
    assert catalog.translate("id", "no such text") == "no such text"
    assert catalog.translate("id", "") == ""


def test_a_text_matches_on_the_language_in_the_page() -> None:
    script = str(t("Remove {name}?", name="Toko"))
    assert "language" in script
    assert "Hapus " in script
    assert "Toko" in script


def test_a_language_needs_its_catalogue_only(polish: Catalogues, monkeypatch: pytest.MonkeyPatch) -> None:
    assert catalog.languages() == {"en": "English", "id": "Bahasa Indonesia", "pl": "Polski"}
    options = [str(option) for option in language_options()]
    assert len(options) == 3
    assert "Polski" in options[2]
    assert preferred_language("pl-PL,en;q=0.5", "en") == "pl"
    assert fields.language("pl") == "pl"
    monkeypatch.setenv("ROMS_DEFAULT_LANGUAGE", "PL")
    assert config.load_settings().default_language == "pl"
    assert time.moment(1_738_306_920_000, 0, timezone="Asia/Jakarta", language="pl") == "31 sty 2025, 14:02 WIB"
    assert all(word in str(t("Log out")) for word in ("Wyloguj", "Keluar", "Log out"))
    assert catalog.translate("pl", "Log in") == "Log in", "what is not translated yet is English"
    assert wording.words(reasons.Taken(agent="Budi"))["pl"] == "Budi bierze tę rozmowę."
    assert wording.words_of("resolved", '{"agent":"Budi"}')["pl"] == "Budi resolved this conversation."
    words = translations.browser_script(polish).partition(" = ")[2].rstrip(";\n")
    assert json.loads(words)["pl"] == {"now": "teraz"}


def test_a_plural_has_the_forms_of_its_language(polish: Catalogues) -> None:
    def said(language: str, count: int) -> str:
        return polish.translate_plural(language, "{count} chat", "{count} chats", count)

    assert [said("pl", count) for count in (1, 3, 5, 22)] == [
        "{count} czat", "{count} czaty", "{count} czatów", "{count} czaty",
    ]  # fmt: skip
    assert [said("en", count) for count in (1, 3)] == ["{count} chat", "{count} chats"]
    assert [said("id", count) for count in (1, 3)] == ["{count} chat", "{count} chat"]
    script = str(tn("{count} chat", "{count} chats", SessionState.leaving_count))
    assert polish.plural_expression("pl") in script
    assert all(form in script for form in (" czat", " czaty", " czat\\u00f3w", " chats"))


def test_a_language_that_went_is_no_more_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "CATALOGUES", Catalogues(tmp_path))
    with pytest.raises(InvalidInput):
        fields.language("id")
    assert catalog.translate("id", "Log out") == "Log out"
    assert time.clock(1_738_306_920_000, "Asia/Jakarta", "id") == "14:02"
