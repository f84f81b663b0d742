"""The addresses of pages to which a person may be redirected after the login."""

import re
from typing import Final

_PAGE: Final = re.compile(r"/(?:inbox(?:/\d{1,15})?|queue|settings(?:/[a-z]{1,20})?)/?", re.ASCII)


def page_to_return_to(path: str) -> str:
    """`path` if it is one of our pages, else "".

    The path comes from outside, so it must never lead to another site.
    """
    return path if _PAGE.fullmatch(path) else ""
