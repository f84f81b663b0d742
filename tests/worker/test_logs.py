"""The contents of log entries, from our loggers and from libraries, in both forms."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import BaseModel

from wa_worker.process.logs import MAX_TRACEBACK, MAX_VALUE, MAX_VALUES, configure_logging

#: They log errors to see how those are written.
pytestmark = pytest.mark.causes("")
LOGGERS = pytest.mark.parametrize(
    "logger", [structlog.get_logger("ours"), logging.getLogger("library")], ids=["ours", "library"]
)


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    """Log entries as JSON. Afterwards logging is restored."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("info", "json", stream)
    yield stream
    root.handlers[:], root.level = handlers, level
    structlog.configure(**before)


def entries(output: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


def fail_with_a_secret(password: str) -> None:
    raise ValueError(f"refused after {len(password)} characters")


@pytest.mark.parametrize(
    "logger", [structlog.get_logger("ours"), logging.getLogger("library")], ids=["ours", "library"]
)
def test_a_traceback_names_lines_and_no_values(output: io.StringIO, logger: Any) -> None:
    try:
        fail_with_a_secret("correct horse battery")
    except ValueError:
        logger.error("login_failed", exc_info=True)
    [entry] = entries(output)
    assert entry["event"] == "login_failed"
    assert "in fail_with_a_secret" in entry["exception"]
    assert entry["exception"].endswith("ValueError: refused after 21 characters")
    assert "horse" not in output.getvalue()


class Form(BaseModel):
    age: int


def test_what_pydantic_refused_is_not_quoted_and_causes_come_first(output: io.StringIO) -> None:
    try:
        try:
            Form.model_validate({"age": "a customer's words"})
        except ValueError as error:
            raise KeyError("form") from error
    except KeyError:
        structlog.get_logger().exception("form_failed")
    [entry] = entries(output)
    assert "customer" not in output.getvalue()
    first, second = entry["exception"].split("\n\n")
    assert first.endswith("ValidationError: Form: age: int_parsing")
    assert second.endswith("KeyError: 'form'")


class DriverError(Exception):
    """As psycopg's: a code, and words that quote what was stored."""

    sqlstate = "23505"


class StatementError(Exception):
    """As SQLAlchemy's around it."""

    def __init__(self, orig: Exception) -> None:
        super().__init__(f"{orig} [SQL: INSERT ...]")
        self.orig = orig


def test_a_databases_words_are_not_quoted(output: io.StringIO) -> None:
    try:
        try:
            raise DriverError("DETAIL:  Key (email)=(dewi@shop.id) already exists.")
        except DriverError as error:
            raise StatementError(error) from error
    except StatementError:
        structlog.get_logger().exception("write_failed")
    assert "dewi" not in output.getvalue()
    assert entries(output)[0]["exception"].count("23505") == 2


def test_an_errors_words_stay_in_their_line(output: io.StringIO) -> None:
    structlog.get_logger().error("failed", exc_info=ValueError("first\n2026-11-28 [error] forged"))
    [entry] = entries(output)
    assert entry["exception"].splitlines()[-1] == r"ValueError: first\x0a2026-11-28 [error] forged"


def test_all_members_of_a_group_are_told(output: io.StringIO) -> None:
    structlog.get_logger().error("tasks_failed", exc_info=ExceptionGroup("two", [OSError("one"), TypeError("other")]))
    [entry] = entries(output)
    assert {"OSError: one", "TypeError: other", "ExceptionGroup: two (2 sub-exceptions)"} <= set(
        entry["exception"].splitlines()
    )


@pytest.mark.parametrize(
    "logger", [structlog.get_logger("ours"), logging.getLogger("library")], ids=["ours", "library"]
)
def test_an_entry_is_bounded(output: io.StringIO, logger: Any) -> None:
    logger.warning("x" * 1_000_000)
    structlog.get_logger().warning("many", **{f"value_{n}": ["y" * 1000] * 1000 for n in range(1000)}, big=10**10_000)
    try:
        raise RuntimeError("z" * 1_000_000)
    except RuntimeError:
        logger.error("failed", exc_info=True)
    for line in output.getvalue().splitlines():
        assert len(line) < MAX_TRACEBACK + (MAX_VALUE + 100) * MAX_VALUES
    assert entries(output)[-1]["exception"].startswith("Traceback")


@pytest.mark.parametrize("form", ["console", "json"])
def test_text_from_outside_stays_in_its_line(output: io.StringIO, form: str) -> None:
    output.truncate(0)
    configure_logging("info", form, output)
    structlog.get_logger().info("named", name="Dewi\n2026 [error] all is lost\x1b[2J\u202e\u200b")
    logging.getLogger("library").info("Dewi\r\nagain")
    lines = output.getvalue().strip("\0").splitlines()
    assert len(lines) == 2
    assert not {"\x1b", "\u202e", "\u200b", "\r"} & set(output.getvalue())


def test_the_level_holds_for_all(output: io.StringIO) -> None:
    configure_logging("warning", "json", output)
    structlog.get_logger().info("quiet")
    logging.getLogger("library").info("quiet")
    structlog.get_logger().warning("loud")
    logging.getLogger("library").warning("loud")
    assert [entry["event"] for entry in entries(output)] == ["loud", "loud"]
