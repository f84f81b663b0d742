"""`roms agent`: manages the team from the command line, also when nobody can log in."""

from typing import Annotated

import typer
from rich.table import Table
from sqlmodel import Session, select

from roms_app.cli.output import out
from roms_app.cli.tool import changing, looking
from roms_app.errors import Conflict, NotFound
from roms_app.models import Agent, Role
from roms_app.models.base import now_ms
from roms_app.services import agents

app = typer.Typer(help="The team.", no_args_is_help=True)
Email = Annotated[str, typer.Argument(help="The agent's email address.")]
Password = Annotated[
    str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="RoutingRequest for when left out.")
]


@app.command("create")
def create(
    email: Email,
    name: Annotated[str, typer.Option(prompt=True, help="As colleagues know them.")],
    password: Password,
    admin: Annotated[bool, typer.Option("--admin", help="May pair numbers and run the team.")] = False,
    language: Annotated[str, typer.Option(help="Its code: en, id …")] = "en",
    timezone: Annotated[str, typer.Option(help="An IANA zone.")] = "Asia/Jakarta",
) -> None:
    """Add somebody to the team."""
    agent_id = changing(
        _create,
        email=email,
        name=name,
        password=password,
        role=Role.ADMIN if admin else Role.AGENT,
        language=language,
        timezone=timezone,
    )
    out.print(f"{name} <{email}> can log in now.", markup=False)
    row = next(row for row in looking(agents.list_team, now_ms()) if row.id == agent_id)
    if row.looks_like:
        out.print(f"Readers may take this name for that of {row.looks_like}, who is in the team.", markup=False)


def _create(session: Session, *, role: Role, **told: str) -> int:
    if role is not Role.ADMIN and not agents.is_set_up(session):
        raise Conflict("The first member of the team is an admin.", "Add --admin, or open /setup in a browser.")
    return agents.create_agent(session, role=role, **told)


@app.command("list")
def list_agents() -> None:
    """Show the team."""
    table = Table("Email", "Name", "Role", "Availability", "Present", "Open", box=None)
    for row in looking(agents.list_team, now_ms()):
        availability = row.availability if row.is_active else "deactivated"
        table.add_row(row.email, row.name, row.role, availability, "yes" if row.is_present else "", str(row.open_count))
    out.print(table)


@app.command("passwd")
def passwd(email: Email, password: Password) -> None:
    """Give an agent a new password and sign them out everywhere."""
    changing(_set_password, email, password)
    out.print(f"The password of {email} is changed.", markup=False)


def _set_password(session: Session, email: str, password: str) -> None:
    agent = session.exec(select(Agent).where(Agent.email == email.strip().lower())).first()
    if agent is None or agent.id is None:
        raise NotFound(f"There is no agent with the email {email}.", "`roms agent list` shows all.")
    agents.set_password(session, agent.id, password)
