"""A WhatsApp Web without a needed part is reported as incompatible, with the part's name and the build number."""

import re
from pathlib import Path

import pytest

from devtools.waiting import until
from tests.worker.conftest import Stage
from wa_worker.contract.events import SessionChanged

BRIDGE = Path(__file__).parents[2] / "wa_worker" / "page" / "bridge"
USES = "\n".join(path.read_text() for path in BRIDGE.glob("*.js") if path.name != "needs.js")
#: Comments tell of more than is used.
CODE = re.sub(r"^\s*//.*$|/\*.*?\*/", "", USES, flags=re.MULTILINE)


def listed(name: str) -> set[str]:
    found = re.search(rf"const {name} = \[(.*?)\];", (BRIDGE / "needs.js").read_text(), re.DOTALL)
    assert found
    return set(re.findall(r'"([\w.]+)"', found[1]))


def test_the_list_of_what_we_need_is_complete() -> None:
    stores = set(re.findall(r"\bwa\(\)\.(\w+)", CODE)) | set(re.findall(r"\bcache = wa\(\)\.(\w+)", CODE))
    functions = set(re.findall(r"wa\(\)\.functions\.(\w+)", CODE))
    calls = set(re.findall(r"WPP\.(\w+\.\w+)", CODE)) - {f"whatsapp.{name}" for name in stores}
    calls |= {f"conn.{name}" for name in re.findall(r"\bconn\.(\w+)\(", CODE)}
    calls |= {f"chat.{name}" for name in re.findall(r'"(markIs\w+)"', CODE)}
    assert {"MsgStore", "ChatStore"} <= stores, "the search itself finds what is there"
    assert {"chat.sendTextMessage", "conn.isOnline"} <= calls
    assert stores - listed("NEEDED") == set()
    assert functions - listed("NEEDED_FUNCTIONS") == set()
    assert calls - listed("NEEDED_CALLS") == set()


def last(stage: Stage) -> SessionChanged:
    return stage.stream.events("SessionChanged")[-1]  # pyright: ignore[reportReturnType]


@pytest.mark.parametrize(
    ("module", "named"),
    [("WAWebMsgCollection", "MsgStore"), ("WAWebCmd", "Cmd")],
    ids=["a store", "what the loader waits for"],
)
def test_a_part_that_is_gone_is_named_and_healed_when_it_is_back(backstage: Stage, module: str, named: str) -> None:
    backstage.simulator.ctl("boot", without=[module])
    stage = backstage.start(ROMS_MISSING_SECONDS="1")
    stage.stream.await_status("incompatible")
    assert last(stage).reason.startswith("missing ")
    assert named in last(stage).reason
    assert last(stage).wa_version.startswith("2.")

    stage.simulator.ctl("boot", without=[])
    stage.simulator.ctl("reload")
    stage.stream.await_status("waiting_for_scan")
    assert "browser.lost" not in stage.worker.log, "the page was left alone meanwhile"


def test_a_page_that_never_comes_up_is_loaded_again_then_launched_again_then_told(backstage: Stage) -> None:
    backstage.simulator.ctl("boot", never_ready=True)
    # Eight loads of a page that does not come up; a good one must get to its QR in one of them on a busy machine too.
    stage = backstage.start(ROMS_WATCHDOG_SECONDS="8")
    # A Chromium that starts slowly raises the same alert, for another reason.
    until(lambda: "several loads" in stage.worker.log, "the launch anew", 300)
    assert stage.worker.log.count("page.reloaded") >= 3
    until(lambda: "browser_failing" in last(stage).alerts, "the alert", 300)

    stage.simulator.ctl("boot", never_ready=False)
    stage.stream.await_status("waiting_for_scan", 300)
    until(lambda: last(stage).alerts == [], "the alert's end")
