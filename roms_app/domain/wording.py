"""The sentences of reasons, in any language. They are made when they are shown, and never stored."""

from functools import lru_cache
from typing import Any, Final

from roms_app.domain import reasons, skip_reasons
from roms_app.domain.reasons import Reason, ReasonCode, Skipped
from roms_app.domain.text import isolated
from roms_app.domain.words import Words, in_all_languages
from roms_app.i18n import catalog
from roms_app.i18n.catalog import N_, Catalogues, N_plural, translate

#: For a reason of a newer version, or a damaged one.
UNKNOWN: Final = N_("This version of ROMS does not know why.")
#: The longest names in sentences with more parameters, and the longest keywords.
_NAME: Final = 40
_WORD: Final = 60

#: Code → its msgid, with the parameters in braces.
SENTENCES: Final[dict[ReasonCode, str]] = {
    ReasonCode.IN_TURN: N_("Assigned to {agent}: available, {open} of {capacity} open, waited longest{skipped}{more}."),
    ReasonCode.LIGHTEST_LOAD: N_(
        "Assigned to {agent}: available, {open} of {capacity} open, lightest load{skipped}{more}."
    ),
    ReasonCode.ANSWERED_BEFORE: N_(
        "Assigned to {agent}: answered this customer before, available, {open} of {capacity} open."
    ),
    ReasonCode.TAKEN: N_("{agent} took this conversation."),
    ReasonCode.TAKEN_BY_REPLY: N_("{agent} answered and took this conversation."),
    ReasonCode.HANDED_OVER: N_("{agent} handed this conversation over to {to}."),
    ReasonCode.HANDED_TO_TEAM: N_("{agent} handed this conversation over to the team {team}."),
    ReasonCode.UNASSIGNED: N_("{agent} unassigned this conversation: it stays so until somebody takes it."),
    ReasonCode.RETURNED: N_("{agent} returned this conversation to the queue."),
    ReasonCode.RESOLVED: N_("{agent} resolved this conversation."),
    ReasonCode.LEFT_TEAM: N_("Returned to the queue: {agent} is no longer on the team."),
    ReasonCode.WENT_AWAY: N_("Returned to the queue: {agent} went away."),
    ReasonCode.LEFT_NUMBER: N_("Returned to the queue: {agent} no longer answers this number."),
    ReasonCode.MAY_NOT_REPLY: N_("Returned to the queue: {agent} may no longer reply to customers."),
    ReasonCode.SHIFT_ENDED: N_("Returned to the queue: the shift of {agent} has ended."),
    ReasonCode.ROUTED_BY_WORD: N_("Routed to {team}: the customer wrote “{word}”."),
    ReasonCode.ROUTED_BY_LABEL: N_("Routed to {team}: it is labelled “{label}”."),
    ReasonCode.ROUTED_FIRST_CONTACT: N_("Routed to {team}: the customer writes for the first time."),
    ReasonCode.TEXT: "{text}",
}
#: Codes with a plural → its two forms, and the parameter that counts.
PLURALS: Final[dict[ReasonCode, tuple[tuple[str, str], str]]] = {
    ReasonCode.TIMED_OUT: (
        N_plural(
            "Returned to the queue: {agent} did not answer within {minutes} minute.",
            "Returned to the queue: {agent} did not answer within {minutes} minutes.",
        ),
        "minutes",
    ),
    ReasonCode.ESCALATED: (
        N_plural(
            "Escalated to the admins: returned to the queue once without an answer.",
            "Escalated to the admins: returned to the queue {rounds} times without an answer.",
        ),
        "rounds",
    ),
}
_SKIPPED: Final = N_("; {agent} skipped: {why}")
_MORE: Final = N_plural("; {count} more skipped", "; {count} more skipped")
_SHORT_NAMES: Final = frozenset(
    {ReasonCode.IN_TURN, ReasonCode.LIGHTEST_LOAD, ReasonCode.ANSWERED_BEFORE, ReasonCode.TIMED_OUT}
)


def sentence(reason: Reason, language: str) -> str:
    """A reason in one language, as a system line says it."""
    shown = _shown(reason, language)
    if reason.code in PLURALS:
        (one, many), counted = PLURALS[reason.code]
        return catalog.CATALOGUES.translate_plural(language, one, many, shown[counted]).format(**shown)
    return translate(language, SENTENCES[reason.code]).format(**shown)


def words(reason: Reason) -> Words:
    """A reason in all languages."""
    return in_all_languages(lambda language: sentence(reason, language))


def words_of(code: str, params: str) -> Words:
    """A stored reason in all languages; `UNKNOWN` for one that this version does not know. Do not modify the result."""
    return _words(code, params, catalog.CATALOGUES)


@lru_cache(maxsize=4096)
def _words(code: str, params: str, _catalogues: Catalogues) -> Words:
    # Cached: every patch of a row contains its reason, which seldom changes.
    reason = reasons.read(code, params)
    if reason is None:
        return in_all_languages(lambda language: translate(language, UNKNOWN))
    return words(reason)


def short(name: str) -> str:
    """A name shortened to leave room for the rest of the sentence."""
    return isolated(name if len(name) <= _NAME else f"{name[: _NAME - 1]}…")


def _shown(reason: Reason, language: str) -> dict[str, Any]:
    """The parameters in the form that the sentence shows."""
    if isinstance(reason, reasons.Text):
        return {"text": reason.text}
    shown: dict[str, Any] = {name: _value(name, value, reason.code) for name, value in reason if name != "code"}
    if isinstance(reason, reasons.InTurn | reasons.LightestLoad):
        shown["skipped"] = "".join(_skipped(one, language) for one in reason.skipped)
        more = catalog.CATALOGUES.translate_plural(language, *_MORE, reason.more)
        shown["more"] = more.format(count=reason.more) if reason.more else ""
    return shown


def _value(name: str, value: Any, code: ReasonCode) -> Any:
    if not isinstance(value, str):
        return value
    if name == "word":
        return isolated(value if len(value) <= _WORD else value[: _WORD - 1].rstrip() + "…")
    return short(value) if code in _SHORT_NAMES else isolated(value)


def _skipped(one: Skipped, language: str) -> str:
    why = skip_reasons.skip_text(language, one.skip, one.open, one.capacity)
    return translate(language, _SKIPPED).format(agent=short(one.agent), why=why)
