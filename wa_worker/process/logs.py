"""Sets up logging for every ROMS process: structured entries, one a line, on stderr, each of a bounded size.

Entries hold no texts and phone numbers of customers. Our loggers (structlog) and those of libraries (`logging`) use the
same processors. A traceback names files, lines and errors, never the values of variables. Text from outside can't break
a line, hide text or colour the terminal.
"""

import logging
import sys
import traceback
from typing import Any, Final, TextIO

import structlog
from pydantic import ValidationError
from structlog.types import EventDict, Processor, WrappedLogger

#: Characters of one value.
MAX_VALUE: Final = 500
#: Characters of one traceback; the middle of a longer one is cut.
MAX_TRACEBACK: Final = 8_000
#: Values of one entry.
MAX_VALUES: Final = 30

_CONTROLS: Final = (*range(0x20), *range(0x7F, 0xA0))
#: Line separators, direction marks, and zero-width characters.
_INVISIBLE: Final = (0x061C, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF)
_ESCAPES: Final = {code: f"\\x{code:02x}" for code in _CONTROLS} | {code: f"\\u{code:04x}" for code in _INVISIBLE}
#: A traceback keeps its line breaks.
_TRACEBACK_ESCAPES: Final = {code: escape for code, escape in _ESCAPES.items() if code != ord("\n")}


def configure_logging(level: str, form: str, stream: TextIO | None = None) -> None:
    """Set up `structlog` and `logging` for this process, to stderr by default. `form` is ``console`` or ``json``."""
    sink: TextIO = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _write_exception,
        _bound,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sink.isatty(), exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sink)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Otherwise a library's bad format string would print its arguments.
    logging.raiseExceptions = False


def adopt_loggers(*names: str) -> None:
    """Remove the handlers of these libraries' loggers, so that their entries are written like all others."""
    for name in names:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


def escaped(text: str) -> str:
    """Replace control, direction and zero-width characters by visible escapes."""
    return text.translate(_ESCAPES)


def _write_exception(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    """Replace ``exc_info`` (True, an exception or a triple) by the traceback's text."""
    given = entry.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        entry["exception"] = _shortened(_traceback_of(error).translate(_TRACEBACK_ESCAPES), MAX_TRACEBACK)
    return entry


def _bound(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    bounded: EventDict = {}
    for name, value in list(entry.items())[:MAX_VALUES]:
        # The traceback is bounded already; names that start with "_" belong to structlog.
        bounded[name] = value if name == "exception" or name.startswith("_") else _bounded(value)
    return bounded


def _bounded(value: Any) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if value.bit_length() <= 64 else f"int of {value.bit_length()} bits"
    return _shortened(escaped(value if isinstance(value, str) else repr(value)), MAX_VALUE)


def _shortened(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} […{len(text) - 2 * half} more…] {text[-half:]}"


def _traceback_of(error: BaseException) -> str:
    """Format a traceback as Python does, causes first, without source code, values and pydantic's input."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)
        lines = [f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}' for frame in frames]
        parts.append("\n".join(["Traceback (most recent call last):", *lines, _described(current)]))
        if isinstance(current, BaseExceptionGroup):
            parts.extend(_traceback_of(member) for member in current.exceptions)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\n\n".join(reversed(parts))


def _described(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    if isinstance(error, ValidationError):
        # Its text quotes the input.
        wrong = "; ".join(
            f"{'.'.join(map(str, detail['loc'])) or '(itself)'}: {detail['type']}"
            for detail in error.errors(include_input=False, include_url=False, include_context=False)
        )
        return f"{kind}: {error.title}: {wrong}"
    if hasattr(error, "sqlstate") or hasattr(error, "orig"):
        # Texts of database errors, SQLAlchemy's and the driver's, quote values: the code is enough.
        code = getattr(error, "sqlstate", None) or getattr(getattr(error, "orig", None), "sqlstate", None)
        return f"{kind}: {code or 'no code'}"
    return f"{kind}: {escaped(str(error))}"
