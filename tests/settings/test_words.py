"""Every word on the screen has its Indonesian."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import roms_app
from roms_app.i18n import catalog, t

_ROOT = Path(roms_app.__file__).parent
#: Where a text that people read stands among the arguments of a call.
_TEXTS = {
    "t": slice(0, 1),
    "tn": slice(0, 2),
    "translate": slice(1, 2),
    **dict.fromkeys(("NotAllowed", "NotFound", "InvalidInput", "Conflict", "TemporarilyUnavailable"), slice(0, 2)),
}
#: They pass on a text that stands as a literal elsewhere.
_PASS_ON = ("i18n/__init__.py", "states/guard.py")
#: Said on the command line or to ourselves, not on a page.
_APART = ("cli", "ops")


def texts() -> Iterator[tuple[str, str]]:
    """(text, where it stands): all literal texts that a page or an error shows."""
    for path in sorted(_ROOT.rglob("*.py")):
        if path.relative_to(_ROOT).parts[0] in _APART:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                where = f"{path.relative_to(_ROOT)}:{node.lineno}"
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                for argument in node.args[_TEXTS.get(name, slice(0, 0))]:
                    if isinstance(argument, ast.Constant):
                        yield str(argument.value), where
                    elif not where.startswith(_PASS_ON):
                        raise AssertionError(f"{where}: a text put together here can't be translated")


def fields(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field}


def test_texts_are_found() -> None:
    """The premise."""
    assert {"Log in", "Pairing QR code", "This is the last admin."} <= {text for text, _ in texts()}


@pytest.mark.parametrize("language", catalog.TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    known = catalog.messages(language)
    missing = sorted({f"{text!r} ({where})" for text, where in texts() if text and text not in known})
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("language", catalog.TRANSLATED)
def test_translations_are_of_texts_that_exist_and_keep_their_fields(language: str) -> None:
    said = {text for text, _ in texts()}
    known = catalog.messages(language)
    assert not sorted(set(known) - said), "no longer said anywhere"
    assert not [text for text, translated in known.items() if fields(text) != fields(translated)]


@pytest.mark.parametrize("language", catalog.TRANSLATED)
def test_each_text_is_translated_once(language: str) -> None:
    """Of two translations the first one would be lost without a word."""
    written = (_ROOT / "i18n" / f"{language}.po").read_text(encoding="utf-8")
    texts = re.findall(r'^msgid ((?:".*"\n)+)', written, re.MULTILINE)
    assert len(texts) > len(catalog.messages(language))
    assert [text for text, times in Counter(texts).items() if times > 1] == []


def test_english_is_itself_and_the_unknown_stays() -> None:
    assert catalog.translate("en", "Log out") == "Log out"
    assert catalog.translate("id", "Log out") == "Keluar"
    assert catalog.translate("id", "no such text") == "no such text"


def test_a_text_matches_on_the_language_in_the_page() -> None:
    script = str(t("Remove {name}?", name="Toko"))
    assert "language" in script
    assert "Hapus " in script
    assert "Toko" in script
