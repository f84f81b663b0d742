"""Routing rules: an inbox's rules choose a conversation's team, in their order. The first match decides."""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from roms_app.domain.reasons import RoutedByLabel, RoutedByWord, RoutedFirstContact

#: The number of characters of a customer's text that are searched: the topic is mentioned at the beginning.
MAX_TEXT: Final = 4_000
#: Kinds that search for words → (must start at a word's beginning, must end at a word's end).
_EDGES: Final = {"keyword": (True, True), "word_start": (True, False), "word_part": (False, False)}
#: Variation selectors, soft hyphens, invisible marks and the Arabic stretching line: they do not change a word.
_IGNORED: Final = frozenset("\u00ad\u0640\u200c\u200e\u200f\u2060\ufe0e\ufe0f\ufeff")
#: Scripts without spaces between words, as (first, last): Thai to Lao, Burmese, Khmer, kana, Han.
_WITHOUT_SPACES: Final = (
    ("\u0e00", "\u0eff"),
    ("\u1000", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\u3040", "\u30ff"),
    ("\u3400", "\u9fff"),
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003ffff"),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of an inbox."""

    id: int
    #: keyword | word_start | word_part | label | first_contact
    kind: str
    team_id: int
    team_name: str
    #: Words or phrases, separated by commas, for the kinds that search for words.
    keywords: str = ""
    label_id: int | None = None
    label_name: str = ""


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """The rule that matched, and the matching word ("" for a rule that does not search for words)."""

    rule: Rule
    word: str = ""

    def reason(self) -> RoutedByWord | RoutedByLabel | RoutedFirstContact:
        """The reason for the rule's team."""
        if looks_for_words(self.rule.kind):
            return RoutedByWord(team=self.rule.team_name, word=self.word)
        if self.rule.kind == "label":
            return RoutedByLabel(team=self.rule.team_name, label=self.rule.label_name)
        return RoutedFirstContact(team=self.rule.team_name)


def first_match(
    rules: Iterable[Rule], text: str, *, is_first_contact: bool, label_ids: Collection[int]
) -> RuleMatch | None:
    """The first rule that matches a conversation, or None. `text`: the customer's messages.

    Words and phrases are searched in the first 4,000 characters: as a whole word, at the beginning of a word, or
    anywhere, by the rule's kind. All scripts are supported. Case, accents and the amount of space don't matter.
    """
    folded: str | None = None
    for rule in rules:
        if looks_for_words(rule.kind):
            folded = fold(text[:MAX_TEXT]) if folded is None else folded
            if word := _first_word(rule.keywords, folded, rule.kind):
                return RuleMatch(rule, word)
        elif rule.label_id in label_ids if rule.kind == "label" else is_first_contact:
            return RuleMatch(rule)
    return None


def looks_for_words(kind: str) -> bool:
    """Whether a rule of this kind searches the customer's text."""
    return kind in _EDGES


def fold(text: str) -> str:
    """Normalise text for comparison: no case, accents or invisible marks, one space between words."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join("".join(char for char in decomposed if not _is_accent(char)).split())


def split(keywords: str) -> list[str]:
    """The words and phrases of a list, in their order and original spelling, without duplicates."""
    words: dict[str, str] = {}
    for piece in keywords.replace("\n", ",").split(","):
        if key := fold(piece):
            words.setdefault(key, " ".join(piece.split()))
    return list(words.values())


@lru_cache(maxsize=1024)
def _folded(keywords: str) -> tuple[tuple[str, str], ...]:
    return tuple((word, fold(word)) for word in split(keywords))


def _first_word(keywords: str, folded: str, kind: str) -> str | None:
    begins, ends = _EDGES[kind]
    return next((word for word, key in _folded(keywords) if _is_within(key, folded, begins, ends)), None)


def _is_within(word: str, text: str, begins: bool, ends: bool) -> bool:
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        is_cut_before = begins and _is_joined(text[at - 1 : at], word[0])
        if not is_cut_before and not (ends and _is_joined(word[-1], text[end : end + 1])):
            return True
        at = text.find(word, at + 1)
    return False


def _is_joined(one: str, other: str) -> bool:
    """Whether two neighbouring characters ("" at an end) belong to one word."""
    return _is_of_word(one) and _is_of_word(other)


def _is_of_word(char: str) -> bool:
    if not char or any(first <= char <= last for first, last in _WITHOUT_SPACES):
        return False
    return char.isalnum() or char == "_" or unicodedata.category(char)[0] == "M"


def _is_accent(char: str) -> bool:
    """Whether this is an accent: a mark above, below or across a letter, or a vowel point.

    Vowel signs that are letters of their script are not.
    """
    kind = unicodedata.combining(char)
    return 10 <= kind <= 35 or kind >= 200 or char in _IGNORED
