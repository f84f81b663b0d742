"""The addresses of pages that a person may be led back to after the login."""

import re
from typing import Final

_PAGE: Final = re.compile(r"/(?:inbox(?:/\d{1,15})?|queue|settings(?:/[a-z]{1,20})?)/?", re.ASCII)


def page_to_return_to(path: str) -> str:
    """`path` if it is one of our pages, else "". It comes from outside: it must never lead to another site."""
    return path if _PAGE.fullmatch(path) else ""
