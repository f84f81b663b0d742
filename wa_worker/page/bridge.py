"""Builds the script that is injected into WhatsApp Web: one function, from the parts in ``bridge/``."""

from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "bridge"
#: In this order: later parts use earlier ones.
_PARTS: Final = ("base", "needs", "session", "inbound", "history", "outbound", "media")
_SCRIPT: Final = """(() => {{
'use strict';
if (window.top !== window || window.__romsBridge) return;
window.__romsHasGroups = {has_groups};
{parts}
window.__romsBridge = bridge;
hint('loaded');
}})();
"""


def bridge_script(*, has_groups: bool = False) -> str:
    """Return the script to run after the wa-js bundle at every load. `has_groups`: whether groups are followed."""
    parts = "\n".join((_FOLDER / f"{name}.js").read_text("utf-8") for name in _PARTS)
    return _SCRIPT.format(parts=parts, has_groups="true" if has_groups else "false")
