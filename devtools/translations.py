"""Maintains the catalogues: collects the texts of the code, and updates the .po files that translate them.

    make i18n-extract    writes roms_app/i18n/messages.pot, from which a new language begins
    make i18n-update     adds the texts that a catalogue lacks, and takes out those that nothing shows any more
    make i18n-compile    says what is missing or malformed, and writes assets/roms/words.js for the browser

Run as ``python -m devtools.translations extract|update|compile``.
"""

import ast
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import write_po

from roms_app.i18n.catalog import CATALOGUES, Catalogues

ROOT: Final = Path(__file__).parents[1] / "roms_app"
TEMPLATE: Final = ROOT / "i18n" / "messages.pot"
_ASSETS: Final = ROOT.parent / "assets" / "roms"
#: Where the browser's English words stand, each with its name; and where the other languages' are written.
_BROWSER_SOURCE: Final = _ASSETS / "format.js"
BROWSER_WORDS: Final = _ASSETS / "words.js"
#: Names of the browser's words that other languages tell apart where English has one word → what tells them apart.
_CONTEXTS: Final = {"open": "button"}
#: Functions with a text that people read → where it stands among the arguments.
_TEXTS: Final = {
    "t": (0,),
    "N_": (0,),
    "translate": (1,),
    **dict.fromkeys(("NotAllowed", "NotFound", "InvalidInput", "Conflict", "TemporarilyUnavailable"), (0, 1)),
}
#: Functions with a plural → where its first of two forms stands.
_PLURALS: Final = {"tn": 0, "N_plural": 0, "translate_plural": 1}
#: Files that pass on a text which is marked elsewhere.
_PASS_ON: Final = (
    "i18n/",
    "states/guard.py",
    "domain/wording.py",
    "domain/skip_reasons.py",
    "domain/queue_explanations.py",
)
#: Folders whose texts appear on the command line or in logs, not on a page.
_APART: Final = ("cli", "ops")


@dataclass(frozen=True, slots=True)
class Text:
    """A text that a page or an error shows, and its place (``states/login.py:74``)."""

    id: str | tuple[str, str]
    where: str
    context: str | None = None


def texts(root: Path = ROOT) -> Iterator[Text]:
    """All texts, in the order of the files. Raises ValueError for one that is put together and can't be translated."""
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if name.partition("/")[0] not in _APART:
            yield from _texts_in(ast.parse(path.read_text(encoding="utf-8")), name)


def _texts_in(tree: ast.Module, name: str) -> Iterator[Text]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        where = f"{name}:{node.lineno}"
        function = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if function in _PLURALS:
            at = _PLURALS[function]
            one, many = (_literal(argument, where) for argument in node.args[at : at + 2])
            if one and many:
                yield Text((one, many), where)
        for at in _TEXTS.get(function, ()):
            if at < len(node.args) and (text := _literal(node.args[at], where)):
                yield Text(text, where)


def _literal(argument: ast.expr, where: str) -> str:
    """The text; "" of one that is passed on."""
    if isinstance(argument, ast.Constant):
        return str(argument.value)
    if where.startswith(_PASS_ON):
        return ""
    raise ValueError(f"{where}: a text that is put together can't be translated.")


def browser_words() -> dict[str, str]:
    """Name → English text of the browser's words. Raises ValueError if they are not found."""
    script = _BROWSER_SOURCE.read_text(encoding="utf-8")
    found = re.search(r"^ *en: \{$(.*?)^ *\},$", script, re.MULTILINE | re.DOTALL)
    words = dict(re.findall(r'(\w+):\s*("(?:[^"\\]|\\.)*")', found[1] if found else ""))
    if not words:
        raise ValueError(f"The English words are not found in {_BROWSER_SOURCE.name}.")
    return {name: json.loads(text) for name, text in words.items()}


def template(root: Path = ROOT) -> Catalog:
    """All texts as a catalogue without translations."""
    catalog = Catalog(project="ROMS", fuzzy=False)
    for text in texts(root):
        _add(catalog, text)
    for name, english in browser_words().items():
        _add(catalog, Text(english, "assets/roms/format.js:1", _CONTEXTS.get(name)))
    return catalog


def _add(catalog: Catalog, text: Text) -> None:
    key = text.id if isinstance(text.id, str) else text.id[0]
    known = catalog.get(key, text.context)
    # A text that stands alone in one place and with a plural in another has the plural's entry.
    if known is not None and isinstance(text.id, tuple) and isinstance(known.id, str):
        catalog.delete(key, text.context)
    elif known is not None:
        return
    path, _, line = text.where.rpartition(":")
    catalog.add(text.id, locations=[(path, int(line))], context=text.context)


def fields(text: str) -> set[str]:
    """The names in braces."""
    return {field for _, field, _, _ in Formatter().parse(text) if field}


def problems(catalog: Catalog, wanted: Catalog) -> list[str]:
    """The problems of a catalogue, in sentences: missing and left-over texts, forms, fields."""
    found: list[str] = []
    for message in wanted:
        if message.id and not _is_complete(_same(catalog, message), message, catalog.num_plurals):
            found.append(f"{message.id!r} is not translated ({', '.join(place for place, _ in message.locations)}).")
    for message in catalog:
        if not message.id:
            continue
        if _same(wanted, message) is None:
            found.append(f"{message.id!r} is no longer shown anywhere.")
        if not _has_fields(_all(message.id), _all(message.string)):
            found.append(f"The fields in braces of {message.id!r} are others in its translation.")
    return found


def _has_fields(ids: list[str], forms: list[str]) -> bool:
    """Whether the translations show what the English does; one form of a plural may leave out the number."""
    expected = set().union(*(fields(id) for id in ids))
    shown = [fields(form) for form in forms if form]
    return all(names == expected if len(ids) == 1 else names <= expected for names in shown)


def _key(message: Message) -> str:
    return str(message.id if isinstance(message.id, str) else message.id[0])


def _same(catalog: Catalog, message: Message) -> Message | None:
    """The catalogue's entry for the text."""
    return catalog.get(_key(message), message.context)


def _all(words: object) -> list[str]:
    """A text, or the forms of one with a plural, as a list."""
    return [str(word) for word in words] if isinstance(words, (list, tuple)) else [str(words or "")]


def _is_complete(known: Message | None, wanted: Message, forms: int) -> bool:
    if known is None or known.fuzzy or isinstance(known.id, str) != isinstance(wanted.id, str):
        return False
    return all(_all(known.string)) and len(_all(known.string)) == (1 if isinstance(known.id, str) else forms)


def updated(catalog: Catalog, wanted: Catalog) -> Catalog:
    """The catalogue with the wanted texts only, in the order that it had; new ones are at the end, empty."""
    for message in list(catalog):
        same = _same(wanted, message) if message.id else None
        if message.id and (same is None or isinstance(same.id, str) != isinstance(message.id, str)):
            catalog.delete(_key(message), message.context)
    for message in wanted:
        if message.id and _same(catalog, message) is None:
            catalog.add(message.id, context=message.context)
    return catalog


def written(catalog: Catalog, head: str) -> str:
    """The catalogue as the text of a .po file. `head`: its first entry and what stands before it."""
    for message in catalog:
        # Said of nearly every text that has braces; it helps nobody.
        message.flags.discard("python-brace-format")
    body = BytesIO()
    write_po(body, catalog, width=0, no_location=True, omit_header=True)
    return f"{head}\n\n{body.getvalue().decode().strip()}\n"


def browser_script(catalogues: Catalogues = CATALOGUES) -> str:
    """The browser's words in the languages of the catalogues, as a script. Untranslated words are left out."""
    words = browser_words()
    spoken: dict[str, dict[str, str]] = {}
    for language in catalogues.translated:
        catalog = catalogues.read(language)
        known = {name: catalog.get(english, _CONTEXTS.get(name)) for name, english in words.items()}
        spoken[language] = {name: str(one.string) for name, one in known.items() if one and one.string}
    head = "/* Written by make i18n-compile from roms_app/i18n/*.po: change these. */"
    return f"{head}\nglobalThis.romsWords = {json.dumps(spoken, ensure_ascii=False, indent=2)};\n"


def extract() -> None:
    """Write the template."""
    catalog = template()
    for message in catalog:
        message.flags.discard("python-brace-format")
    with TEMPLATE.open("wb") as file:
        write_po(file, catalog, width=0)


def update(catalogues: Catalogues = CATALOGUES) -> None:
    """Bring all catalogues up to the texts of the code."""
    for language in catalogues.translated:
        path = catalogues.folder / f"{language}.po"
        head = path.read_text(encoding="utf-8").split("\n\n", 1)[0]
        path.write_text(written(updated(catalogues.read(language), template()), head), encoding="utf-8")


def compile() -> int:
    """Write the browser's words, and print the problems of the catalogues. Returns the exit code."""
    BROWSER_WORDS.write_text(browser_script(), encoding="utf-8")
    found = [
        f"{language}.po: {problem}"
        for language in CATALOGUES.translated
        for problem in problems(CATALOGUES.read(language), template())
    ]
    print("\n".join(found) or f"All texts are there in {', '.join(CATALOGUES.languages.values())}.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit({"extract": extract, "update": update, "compile": compile}[sys.argv[1]]())
