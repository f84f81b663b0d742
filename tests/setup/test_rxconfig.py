"""Tests of rxconfig.py's changes to Reflex's files. A new Reflex with other files stops the build."""

from collections.abc import Callable
from importlib.resources import files

import pytest
from reflex_base.compiler.templates import vite_config_template

import rxconfig

STATE_JS = (files("reflex_base") / ".templates/web/utils/state.js").read_text("utf-8")


@pytest.fixture
def vite_config() -> str:
    """The configuration of the development server, as the pinned Reflex writes it."""
    return vite_config_template(
        base="/", hmr=True, force_full_reload=False, experimental_hmr=False, minify=True, sourcemap=False
    )


def test_under_make_dev_the_routes_beside_reflex_are_on_the_pages_port(vite_config: str) -> None:
    changed = rxconfig._with_proxy(vite_config)
    for path in ("/auth", "/api", "/media"):
        assert f'"{path}": "http://127.0.0.1:{rxconfig.settings.port}"' in changed
    assert "roms_browser=dev" in changed, "without the browser's mark nobody can log in"


def test_the_page_gives_the_servers_scripts_to_our_orders() -> None:
    assert "eval(event.payload.javascript_code)" in STATE_JS, "the premise"
    changed = rxconfig._without_eval(STATE_JS)
    assert "globalThis.romsObey(" in changed
    for ran in ("eval(event.payload.javascript_code)", "eval(event.payload.function)"):
        assert ran not in changed


def test_what_a_person_does_without_a_connection_is_refused_before_it_is_queued() -> None:
    changed = rxconfig._with_refusal(STATE_JS)
    assert changed.index("globalThis.romsRefuses") < changed.index("queueEvents(_events")


def test_every_compilation_makes_these_changes() -> None:
    changes: set[tuple[str, Callable[[str], str]]] = set()
    for plugin in rxconfig.config.plugins:
        if isinstance(plugin, rxconfig.DevProxy | rxconfig.OwnEvents):
            plugin.pre_compile(add_modify_task=lambda name, change: changes.add((name, change)))
    assert changes == {
        ("vite.config.js", rxconfig._with_proxy),
        ("utils/state.js", rxconfig._without_eval),
        ("utils/state.js", rxconfig._with_refusal),
    }


@pytest.mark.parametrize("change", [rxconfig._with_proxy, rxconfig._without_eval, rxconfig._with_refusal])
def test_a_file_of_another_form_is_refused(change: Callable[[str], str]) -> None:
    with pytest.raises(RuntimeError, match="in another way than the pinned version"):
        change("export {};")


def test_a_file_that_was_changed_before_stays(vite_config: str) -> None:
    for change, text in (
        (rxconfig._with_proxy, vite_config),
        (rxconfig._without_eval, STATE_JS),
        (rxconfig._with_refusal, STATE_JS),
    ):
        changed = change(text)
        assert changed != text
        assert change(changed) == changed
