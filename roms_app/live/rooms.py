"""Names of the Socket.IO rooms. A tab joins those of its agent and view, after authorization."""

from typing import Final

#: Every signed-in tab: counts, team, the live badge.
EVERYONE: Final = "everyone"
#: Every tab of an admin: changes of numbers.
ADMINS: Final = "admins"
#: Tabs of admins that have the queue open.
SUPERVISORS: Final = "supervisors"


def agent(agent_id: int) -> str:
    """Tabs that show this agent's own conversations (Mine)."""
    return f"agent:{agent_id}"


def tabs_of(agent_id: int) -> str:
    """All tabs of one agent, on every page; used to sign them out."""
    return f"tabs:{agent_id}"


def session(session_id: str) -> str:
    """All tabs of one signed-in browser."""
    return f"session:{session_id}"


def unassigned(inbox_id: int) -> str:
    """Tabs that show an inbox's waiting conversations."""
    return f"inbox:{inbox_id}:unassigned"


def number(inbox_id: int) -> str:
    """Tabs of everybody who answers an inbox; used to report whether its number works."""
    return f"inbox:{inbox_id}:number"


def all_of(inbox_id: int) -> str:
    """Tabs that show all of an inbox's conversations."""
    return f"inbox:{inbox_id}:all"


def conversation(conversation_id: int) -> str:
    """Tabs that have this thread open."""
    return f"conversation:{conversation_id}"


def inbox_in(room: str) -> int:
    """The inbox that a room is about; 0: none."""
    kind, _, rest = room.partition(":")
    return int(rest.partition(":")[0]) if kind == "inbox" else 0


def conversation_in(room: str) -> int:
    """The conversation that a room is about; 0: none."""
    kind, _, rest = room.partition(":")
    return int(rest) if kind == "conversation" else 0
