"""One build for every host and port: the baked address is found and replaced, or the build is refused."""

import gzip
import json
from pathlib import Path

import pytest

from roms_app.errors import ConfigurationError
from roms_app.ops import commands, origin
from roms_app.ops.paths import BIN

#: As the pinned Reflex emits it.
BAKED = (
    "var e={PING:`http://localhost:3000/ping`,EVENT:`ws://localhost:3000/_event`,"
    "UPLOAD:`http://localhost:3000/_upload`,HEALTH:`http://localhost:3000/_health`,TRANSPORT:`websocket`};"
    "var h=[`localhost`,`0.0.0.0`,`::`,`0:0:0:0:0:0:0:0`];"
)


def client_with(folder: Path, script: str) -> Path:
    (folder / "assets").mkdir(parents=True)
    path = folder / "assets" / "reflex-env-x.js"
    path.write_text(script)
    path.with_name("reflex-env-x.js.gz").write_bytes(gzip.compress(script.encode()))
    return path


def evaluate(script: str, page: str) -> dict[str, str]:
    """The values of the script on a page from `page`."""
    program = f"const location={{origin:{json.dumps(page)}}};{script};console.log(JSON.stringify(e))"
    return json.loads(commands.run([str(BIN / "node"), "-e", program]))


@pytest.mark.parametrize(
    ("page", "socket"),
    [
        ("http://localhost:4321", "ws://localhost:4321/_event"),
        ("https://inbox.example.id", "wss://inbox.example.id/_event"),
        ("http://192.0.2.7:8080", "ws://192.0.2.7:8080/_event"),
    ],
)
def test_the_addresses_follow_the_page(tmp_path: Path, page: str, socket: str) -> None:
    script = client_with(tmp_path, BAKED)
    assert origin.use_page_origin(tmp_path) == 4
    endpoints = evaluate(script.read_text(), page)
    assert endpoints["EVENT"] == socket
    assert endpoints["PING"] == f"{page}/ping"
    assert endpoints["UPLOAD"] == f"{page}/_upload"


def test_the_compressed_copy_says_the_same(tmp_path: Path) -> None:
    script = client_with(tmp_path, BAKED)
    origin.use_page_origin(tmp_path)
    assert gzip.decompress(script.with_name(f"{script.name}.gz").read_bytes()).decode() == script.read_text()


def test_ordinary_quotes_are_found_too(tmp_path: Path) -> None:
    script = client_with(tmp_path, BAKED.replace("`", '"'))
    origin.use_page_origin(tmp_path)
    assert "localhost:" not in script.read_text()


@pytest.mark.parametrize(
    "changed",
    [BAKED.replace("/_event", "/_socket"), "var e={};", BAKED.replace("3000", "3001"), BAKED.replace("0.0.0.0", "::1")],
)
def test_a_build_without_the_known_addresses_is_refused(tmp_path: Path, changed: str) -> None:
    client_with(tmp_path, changed)
    with pytest.raises(ConfigurationError, match=r"requirements\.lock"):
        origin.use_page_origin(tmp_path)


def test_an_address_in_an_unknown_form_is_refused(tmp_path: Path) -> None:
    client_with(tmp_path, BAKED + 'var f="see http://localhost:3000/ping for more";')
    with pytest.raises(ConfigurationError, match="a form that is not known"):
        origin.use_page_origin(tmp_path)


def test_no_name_is_taken_for_the_pages_own(tmp_path: Path) -> None:
    """Of a page at https://localhost:8443 Reflex would drop the port."""
    script = client_with(tmp_path, BAKED)
    origin.use_page_origin(tmp_path)
    assert script.read_text().endswith("var h=[];")


def test_the_pinned_reflex_still_substitutes_no_port_of_its_own() -> None:
    """`getBackendURL` must leave a URL alone that already names the page's host."""
    import reflex_base

    source = next(Path(reflex_base.__file__).parent.rglob("utils/state.js")).read_text()
    body = source[source.index("export const getBackendURL") :]
    assert "endpoint.hostname = frontend_hostname" in body[:900]
    assert "endpoint.port = frontend" not in body[:900]
