"""Tests of Settings → Assignment: actions of an admin, the page afterwards, and refusals in the dialogs."""

import json
from typing import Any

import pytest
from redis.asyncio import Redis

from roms_app import database
from roms_app.live import transactions
from roms_app.live.announcer import LIVE_STREAM
from roms_app.models.base import now_ms
from roms_app.services import agents
from roms_app.services.intake import intake
from roms_app.states.assignment import AssignmentState
from roms_app.states.rules import RulesState
from roms_app.states.team import TeamState
from tests.support.cast import Cast, received
from tests.support.tabs import Tab, sign_in

PATH = "/settings/assignment"


@pytest.fixture
async def tab(people: Cast, joined: list[str]) -> Tab:
    """Siti looks at how conversations are given out."""
    made = Tab(sign_in(people.siti.id or 0), path=PATH)
    await made.call(AssignmentState.load)
    await made.call(RulesState.arrive)
    return made


@pytest.fixture
def page(tab: Tab) -> Any:
    """The content of the page."""
    return tab.state(AssignmentState)


def ticked(*agents: Any) -> dict[str, str]:
    """The boxes of people as a form sends them."""
    return {f"person-{agent.id}": "on" for agent in agents}


def number_form(people: Cast, **fields: str) -> dict[str, str]:
    form = {"inbox_id": str(people.shop), "order": "balanced", "is_sticky": "on", "response_minutes": "10"}
    return {**form, "escalate_after": "2", "timezone": "Asia/Jakarta", **fields}


async def test_the_page_begins_with_what_holds(page: Any, people: Cast) -> None:
    assert page.is_loaded
    assert page.default_capacity == 30
    assert [person.name for person in page.people] == ["Ayu", "Budi", "Eko", "Siti"]
    assert (page.teams, page.labels) == ([], [])
    assert [number.duty.name for number in page.numbers] == ["Shop", "Other"]
    shop = page.numbers[0]
    assert shop.member_names == "Ayu, Budi, Siti"
    assert (shop.duty.order, shop.duty.is_sticky, shop.duty.response_minutes) == ("round_robin", True, 0)


async def test_the_capacity_of_everybody(tab: Tab, page: Any) -> None:
    await tab.call(AssignmentState.set_dialog, "capacity", True)
    for wrong in ("", "0", "many", "1001", "-5"):
        await tab.call(AssignmentState.set_default_capacity, {"capacity": wrong})
        assert (page.dialog, page.default_capacity) == ("capacity", 30)
        assert page.error
    await tab.call(AssignmentState.set_default_capacity, {"capacity": "8"})
    assert (page.dialog, page.error, page.default_capacity) == ("", "", 8)


async def test_teams_come_change_and_go(tab: Tab, page: Any, people: Cast) -> None:
    await tab.call(AssignmentState.set_dialog, "add team", True)
    await tab.call(AssignmentState.create_team, {"name": "Billing", **ticked(people.budi, people.ayu)})
    team = page.teams[0]
    assert (team.card.name, team.member_names, page.dialog) == ("Billing", "Ayu, Budi", "")
    await tab.call(AssignmentState.set_dialog, "add team", True)
    await tab.call(AssignmentState.create_team, {"name": "billing"})
    assert page.error == "There is a team with this name already. Choose another name."
    assert (page.dialog, len(page.teams)) == ("add team", 1)
    form = {"team_id": str(team.card.id), "name": "Finance", **ticked(people.ayu)}
    await tab.call(AssignmentState.save_team, form)
    assert (page.teams[0].card.name, page.teams[0].member_ids) == ("Finance", [people.ayu.id])
    await tab.call(AssignmentState.delete_team, team.card.id)
    assert page.teams == []


async def test_a_refused_team_is_not_there_without_its_members(tab: Tab, page: Any) -> None:
    await tab.call(AssignmentState.create_team, {"name": "Billing", "person-999": "on"})
    assert page.error.startswith("There is no such member of the team.")
    await tab.call(AssignmentState.refresh)
    assert page.teams == []


async def test_labels_come_change_and_go(tab: Tab, page: Any) -> None:
    await tab.call(AssignmentState.create_label, {"name": "Refund"})
    label = page.labels[0]
    await tab.call(AssignmentState.rename_label, {"label_id": str(label.id), "name": "Returns"})
    assert [(one.name, one.count) for one in page.labels] == [("Returns", 0)]
    await tab.call(AssignmentState.delete_label, label.id)
    assert page.labels == []


async def test_how_a_number_gives_out(tab: Tab, page: Any, people: Cast) -> None:
    hours = {
        "hours-limited": "on",
        "hours-mon": "on", "hours-mon-since1": "9", "hours-mon-until1": "12.30",
        "hours-mon-since2": "13:00", "hours-mon-until2": "00:00",
        "hours-tue-since1": "09:00", "hours-tue-until1": "17:00",
        "hours-fri": "on", "hours-fri-since1": "2200", "hours-fri-until1": "6:00",
    }  # fmt: skip
    await tab.call(AssignmentState.save_number, number_form(people, **hours))
    assert page.error == ""
    shop = page.numbers[0]
    assert shop.duty.business_hours == "09:00-12:30,13:00-24:00;;;;22:00-06:00;;"
    assert (shop.duty.order, shop.duty.response_minutes) == ("balanced", 10)
    monday, tuesday = shop.days[:2]
    assert (monday.since, monday.until, monday.since2, monday.until2) == ("09:00", "12:30", "13:00", "00:00")
    assert (tuesday.is_open, tuesday.since, tuesday.since2) == (False, "09:00", "")
    await tab.call(
        AssignmentState.save_number, number_form(people, response_minutes="", is_sticky="", order="round_robin")
    )
    duty = page.numbers[0].duty
    assert (duty.business_hours, duty.response_minutes, duty.is_sticky) == ("", 0, False)


@pytest.mark.parametrize(
    "fields",
    [
        {"hours-limited": "on"},
        {"hours-limited": "on", "hours-sun": "on", "hours-sun-since1": "09:00", "hours-sun-until1": ""},
        {"hours-limited": "on", "hours-sun": "on", "hours-sun-since1": "25:00", "hours-sun-until1": "26:00"},
        {"hours-limited": "on", "hours-sun": "on", "hours-sun-since1": "<b>", "hours-sun-until1": ";;"},
        {"response_minutes": "-1"},
        {"response_minutes": "1.5"},
        {"escalate_after": ""},
        {"order": "random"},
        {"timezone": "Nowhere"},
        {"inbox_id": "999"},
        {"inbox_id": "x"},
    ],
)
async def test_nonsense_stays_in_the_dialog(fields: dict[str, str], tab: Tab, page: Any, people: Cast) -> None:
    name = f"number {people.shop}"
    await tab.call(AssignmentState.set_dialog, name, True)
    await tab.call(AssignmentState.save_number, number_form(people, **fields))
    assert page.error
    assert page.dialog == name
    await tab.call(AssignmentState.refresh)
    assert page.numbers[0].duty.order == "round_robin"


async def test_who_answers_a_number(tab: Tab, page: Any, people: Cast) -> None:
    form = {"inbox_id": str(people.shop), **ticked(people.eko, people.ayu)}
    await tab.call(AssignmentState.save_answering, form)
    assert page.numbers[0].member_names == "Ayu, Eko"


async def test_rules_are_shown_in_their_order(tab: Tab, page: Any, people: Cast) -> None:
    await tab.call(AssignmentState.create_team, {"name": "Billing", **ticked(people.ayu)})
    await tab.call(AssignmentState.create_label, {"name": "VIP"})
    team_id, label_id = str(page.teams[0].card.id), str(page.labels[0].id)
    base = {"inbox_id": str(people.shop), "team_id": team_id, "keywords": "", "label_id": ""}
    rules = tab.state(RulesState)
    await tab.call(RulesState.set_dialog, f"add rule {people.shop}", True)
    await tab.call(RulesState.add_rule, {**base, "kind": "keyword"})
    assert rules.error == "This rule has no word to look for. Write one or more, separated by commas."
    assert rules.dialog == f"add rule {people.shop}"
    assert await tab.call(RulesState.add_rule, {**base, "kind": "keyword", "keywords": "refund, uang kembali"})
    assert (rules.dialog, rules.error) == ("", "")
    await tab.call(RulesState.add_rule, {**base, "kind": "label", "label_id": label_id})
    await tab.call(RulesState.add_rule, {**base, "kind": "first_contact"})
    await tab.call(AssignmentState.refresh)
    shown = page.numbers[0].duty.rules
    assert [rule.kind for rule in shown] == ["keyword", "label", "first_contact"]
    await tab.call(RulesState.move_rule, shown[2].id, True)
    await tab.call(RulesState.set_rule_active, shown[0].id, False)
    await tab.call(RulesState.save_rule, {**base, "rule_id": str(shown[1].id), "kind": "word_start", "keywords": "vip"})
    await tab.call(AssignmentState.refresh)
    shown = page.numbers[0].duty.rules
    assert [(rule.number, rule.kind, rule.keywords, rule.is_active) for rule in shown] == [
        (1, "keyword", "refund, uang kembali", False),
        (2, "first_contact", "", True),
        (3, "word_start", "vip", True),
    ]
    await tab.call(RulesState.delete_rule, shown[0].id)
    await tab.call(AssignmentState.refresh)
    assert [rule.number for rule in page.numbers[0].duty.rules] == [1, 2]


async def test_rules_are_tried_on_what_came(tab: Tab, page: Any, people: Cast) -> None:
    with database.writing_session() as session:
        intake.receive_batch(
            session,
            [received(people.shop, 1, "Refund dong", sent_at=now_ms() - 60_000), received(people.shop, 2, "Halo")],
        )
        session.commit()
    await tab.call(AssignmentState.create_team, {"name": "Billing"})
    team_id = str(page.teams[0].card.id)
    form = {"inbox_id": str(people.shop), "team_id": team_id, "kind": "keyword", "keywords": "refund"}
    await tab.call(RulesState.add_rule, form)
    rules = tab.state(RulesState)
    await tab.call(RulesState.try_rules, people.shop)
    assert rules.dialog == f"try {people.shop}"
    assert [(row.text, row.team, row.word) for row in rules.tried_rows] == [
        ("Halo", "", ""),
        ("Refund dong", "Billing", "refund"),
    ]
    assert rules.tried_rows[0].at.endswith("WIB")
    assert [(one.number, one.count) for one in rules.tried.counts] == [(1, 1), (0, 1)]
    await tab.call(RulesState.try_rules, 999)
    assert rules.error.startswith("There is no such number.")


async def test_others_hear_of_each_change(tab: Tab, people: Cast, redis: Redis) -> None:
    await transactions.settle()
    await redis.delete(LIVE_STREAM)
    await tab.call(AssignmentState.create_label, {"name": "Refund"})
    await transactions.settle()
    told = [json.loads(fields["data"])["type"] for _, fields in await redis.xrange(LIVE_STREAM)]
    assert told == ["settings"]


async def test_only_this_page_reads_again(people: Cast, joined: list[str]) -> None:
    elsewhere = Tab(sign_in(people.siti.id or 0), path="/inbox")
    await elsewhere.call(AssignmentState.refresh)
    assert not elsewhere.state(AssignmentState).is_loaded


async def test_what_holds_for_one_agent(people: Cast, joined: list[str]) -> None:
    tab = Tab(sign_in(people.siti.id or 0), path="/settings/team")
    await tab.call(TeamState.load)
    state = tab.state(TeamState)
    await tab.call(TeamState.open_duty, people.budi.id)
    assert (state.dialog, state.duty.name, state.duty.has_own_capacity, len(state.duty_days)) == (
        "duty",
        "Budi",
        False,
        7,
    )
    form = {"agent_id": str(people.budi.id), "capacity": "x", "may_reply": "on"}
    await tab.call(TeamState.save_duty, form)
    assert state.error == "This is not a whole number. Write it in digits."
    assert state.dialog == "duty"
    shift = {"hours-limited": "on", "hours-sat": "on", "hours-sat-since1": "22.00", "hours-sat-until1": "6.00"}
    await tab.call(TeamState.save_duty, {**form, **shift, "capacity": "3", "may_reply": ""})
    budi = next(row for row in state.team if row.name == "Budi")
    assert (budi.capacity, budi.has_own_capacity, budi.may_reply, budi.shift_hours) == (
        3,
        True,
        False,
        ";;;;;22:00-06:00;",
    )
    await tab.call(TeamState.save_duty, {**form, "capacity": ""})
    budi = next(row for row in state.team if row.name == "Budi")
    assert (budi.capacity, budi.has_own_capacity, budi.may_reply, budi.shift_hours) == (30, False, True, "")
    await tab.call(TeamState.open_duty, 999)
    assert (state.dialog, state.duty) == ("", None)


async def test_two_hundred_members_are_read_at_once(tab: Tab, page: Any, people: Cast) -> None:
    with database.writing_session() as session:
        made = [agents.Agent(email=f"a{n}@example.com", name=f"Agent {n:03d}", password_hash="-") for n in range(200)]
        session.add_all(made)
        session.commit()
        ids = [agent.id for agent in made]
    await tab.call(AssignmentState.create_team, {"name": "All", **{f"person-{id}": "on" for id in ids}})
    assert page.error == ""
    assert len(page.teams[0].member_ids) == 200
    assert len(page.people) == 204
