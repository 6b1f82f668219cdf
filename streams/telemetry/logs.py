"""Log lines of the worker: one line each on standard error, time first. Libraries speak from WARNING on."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

import structlog

#: Loggers of ours say what they do; everybody else only what went wrong.
OURS = "dealwatch"
#: These log at ERROR what they then retry by themselves: the coordinator is still being elected, a broker is away. What
#: cannot be retried they raise.
_RETRIED = ("aiokafka.consumer.group_coordinator", "aiokafka.conn", "aiokafka.cluster", "aiokafka", "kafka")


class _Plainly(logging.Filter):
    """Leaves out where in the program a failure came up, if that is no help to anybody."""

    def __init__(self, explained: Callable[[BaseException], bool]) -> None:
        super().__init__()
        self._explained = explained

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and self._explained(error):
            record.exc_info = None
        return True


def log_to_stderr(explained: Callable[[BaseException], bool] = lambda _: False) -> None:
    """Send everything to standard error; colours only on a terminal. What is `explained` has no traceback."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
                structlog.dev.ConsoleRenderer(
                    colors=sys.stderr.isatty(),
                    pad_event_to=0,
                    # The default shows local variables, which are other people's deals, on hundreds of lines.
                    exception_formatter=structlog.dev.plain_traceback,
                ),
            ],
            foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name],
        )
    )
    handler.addFilter(_Plainly(explained))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(logging.INFO)
    for name in _RETRIED:
        logging.getLogger(name).setLevel(logging.CRITICAL)
