"""The catalogues as tests of documents read them."""

from roms_app.i18n.catalog import CATALOGUES


def texts(language: str) -> dict[str, str]:
    """English text → its translation; both forms of a plural."""
    found: dict[str, str] = {}
    for message in CATALOGUES.read(language):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
        forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        found |= {text: str(forms[min(number, len(forms) - 1)]) for number, text in enumerate(ids)}
    return found
