"""docs/assignment.md agrees with the code. tests/cli/test_simulate.py checks its simulated day."""

import re

from roms_app.domain import reasons, wording
from roms_app.domain.rotation import AgentSlot, AssignmentRequest, Skip, choose
from roms_app.domain.routing import Rule, first_match
from roms_app.domain.skip_reasons import skip_texts
from roms_app.ops.paths import ROOT

DOCUMENTED = (ROOT / "docs" / "assignment.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return DOCUMENTED.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_the_documented_reasons_are_what_threads_say() -> None:
    """Indonesian below English, each a row of the table."""
    budi = AgentSlot(1, "Budi", last_turn=4, open_count=3, capacity=8)
    ayu = AgentSlot(2, "Ayu", last_turn=1, open_count=8, capacity=8)
    rule = Rule(1, "keyword", 1, "Sales", keywords="harga, promo")
    fit = first_match([rule], "Berapa harganya? Ada harga khusus?", is_first_contact=False, label_ids=())
    assert fit is not None
    said = {
        "in turn": reasons.of_choice(choose([budi, ayu], "round_robin"), "round_robin"),
        "balanced": reasons.of_choice(choose([budi, ayu], "balanced"), "balanced"),
        "sticky": reasons.of_choice(choose([budi], "balanced", AssignmentRequest(sticky_agent_id=1)), "balanced"),
        "routed": fit.reason(),
        "the timer": reasons.TimedOut(agent="Budi", minutes=10),
        "escalated": reasons.Escalated(rounds=2),
        "unassigned": reasons.Unassigned(agent="Siti"),
    }
    for name, reason in said.items():
        words = wording.words(reason)
        assert f"| {name} | {words['en']} |\n| | {words['id']} |\n" in DOCUMENTED


def test_every_reason_to_skip_is_documented() -> None:
    slot = AgentSlot(1, "Budi", last_turn=0)
    table = section("Who can be given one")
    for skip in Skip:
        words = skip_texts(skip, slot)["en"].partition(" (")[0]
        assert f"*{words}*" in table


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", DOCUMENTED)
    assert len(links) > 20, "the premise"
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_every_trigger_gives_out() -> None:
    """Each module that the table of triggers names does so, and no module is missing."""
    named = set(re.findall(r"services/(?:\w+/)?(\w+)\.py\)", section("The queue")))
    services = (ROOT / "roms_app" / "services").rglob("*.py")
    draining = {path.stem for path in services if "assignment.drain_" in path.read_text(encoding="utf-8")}
    assert named == draining
