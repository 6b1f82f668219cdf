"""Log lines of the programs, on standard error: text for a terminal, or JSON, an object a line.

Everything that logs through Python's `logging` comes out the same way: our programs, Faust, aiokafka, uvicorn. Nothing
that is secret, and no e-mail address, gets through (`redact`). Libraries speak from WARNING on, whatever is asked for:
at DEBUG some of them log whole requests, with the events in them. What concerns a record names `topic`, `partition`
and `offset`, what belongs to a trace `trace_id` and `span_id` (`docs/logs-and-traces.md`).
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable, Mapping, MutableMapping
from types import TracebackType
from typing import Any, Literal, NamedTuple

import structlog
from structlog.typing import Processor

from streams.config.secret import known_secrets
from streams.telemetry.redact import Redactor

Format = Literal["text", "json"]

#: Loggers of ours say what they do; everybody else only what went wrong.
OURS = "dealwatch"
#: What our packages log by their modules' names is said at DEBUG only, like Faust's own words.
_MODULES = ("streams", "models")
#: These log at ERROR what they then retry by themselves: the coordinator is still being elected, a broker is away. What
#: cannot be retried they raise. The exporter of traces tries again, and `otlp` says when it begins and when it ends.
_RETRIED = (
    "aiokafka.consumer.group_coordinator",
    "aiokafka.conn",
    "aiokafka.cluster",
    "aiokafka",
    "kafka",
    "opentelemetry",
)
#: Where an exception says which record it is about, and which trace it belongs to.
PLACE = "place"
#: What fails so many seconds after an explained failure, fails because of it.
_AFTERMATH_S = 15.0
#: The frames of a traceback that are written, the innermost ones.
_FRAMES = 30

_redactor = Redactor(known_secrets)


class Style(NamedTuple):
    """How lines look, from which level on ours are written, and the program that writes them."""

    format: Format = "text"
    level: str = "INFO"
    role: str = ""


def redact(text: str) -> str:
    """Return a text for people without anything secret that this process knows, and without e-mail addresses."""
    return _redactor.text(text)


def log_to_stderr(explained: Callable[[BaseException], bool] = lambda _: False, style: Style | None = None) -> None:
    """Send everything to standard error; colours only on a terminal. What is `explained` has no traceback."""
    style = style or Style()
    handler = _Handler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_as_json(style.role) if style.format == "json" else _as_text()),
            ],
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                _placed,
            ],
            pass_foreign_args=True,
        )
    )
    handler.addFilter(_Plainly(explained))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[style.level]))
    logging.getLogger(OURS).setLevel(style.level)
    for name in _MODULES:
        logging.getLogger(name).setLevel(style.level if style.level == "DEBUG" else root.level)
    for name in _RETRIED:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.captureWarnings(True)
    _log_what_nobody_catches()


def _as_text() -> list[Processor]:
    return [
        _redactor,
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            pad_event_to=0,
            # The default shows local variables, which are other people's deals, on hundreds of lines.
            exception_formatter=structlog.dev.plain_traceback,
        ),
        _redacted_line,
    ]


def _as_json(role: str) -> list[Processor]:
    def named(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        """Put what every line has in front, always in the same order."""
        first = {"timestamp": event.pop("timestamp"), "level": event.pop("level", ""), "role": role}
        return {**first, "logger": event.pop("logger", ""), "event": event.pop("event", ""), **event}

    return [
        structlog.processors.ExceptionRenderer(
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=_FRAMES)
        ),
        _redactor,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        named,
        # ASCII, so that no character of a text ends the line.
        structlog.processors.JSONRenderer(serializer=json.dumps),
    ]


def _redacted_line(_logger: Any, _method: str, line: Any) -> str:
    return _redactor.text(str(line))


def _placed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take over which record and which trace an exception is about: one that is logged, or one that is named."""
    arguments = event.pop("positional_args", None)
    named = arguments if isinstance(arguments, tuple) else ()
    caught = event.get("exc_info")
    errors = [*(caught[1:2] if isinstance(caught, tuple) else ()), *named]
    for error in errors:
        seen = error
        while isinstance(seen, BaseException):
            for key, value in getattr(seen, PLACE, {}).items():
                event.setdefault(key, value)
            seen = seen.__cause__
    return event


class _Handler(logging.StreamHandler[Any]):
    """Writes lines; one that cannot be written is no reason to print what should have been in it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # the name is logging's
        """Say which logger's line is missing."""
        missing = {"level": "error", "logger": record.name, "event": "a log line could not be written"}
        try:
            self.stream.write(json.dumps(missing) + self.terminator)
        except (OSError, ValueError):
            return  # nobody listens any more


class _Plainly(logging.Filter):
    """Leaves out where in the program a failure came up, if that is no help to anybody.

    Nor is it of what fails in the seconds after that: connections are closed then, and who waits on them fails too.
    """

    def __init__(self, explained: Callable[[BaseException], bool]) -> None:
        super().__init__()
        self._explained = explained
        self._until = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return True
        if self._explained(error):
            self._until = record.created + _AFTERMATH_S
        if record.created < self._until:
            record.exc_info = None
        return True


def _log_what_nobody_catches() -> None:
    """Let what ends the process or a thread be a log line, too, and not a traceback beside them."""
    logger = logging.getLogger(OURS)

    def ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        logger.critical("the program failed: %s", kind.__name__, exc_info=(kind, error, trace))

    def thread_ended(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            ended(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook = ended
    threading.excepthook = thread_ended
