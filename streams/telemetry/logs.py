"""Log lines of the worker: one line each on standard error, time first. Libraries speak from WARNING on."""

from __future__ import annotations

import logging
import sys

import structlog

#: Loggers of ours say what they do; everybody else only what went wrong.
OURS = "dealwatch"
#: aiokafka logs at ERROR what it then retries by itself: the coordinator is still being elected, a broker is away.
_RETRIED = ("aiokafka.consumer.group_coordinator", "aiokafka.conn", "aiokafka.cluster", "aiokafka")


def log_to_stderr() -> None:
    """Send everything to standard error; colours only on a terminal."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
                structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0),
            ],
            foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(logging.INFO)
    for name in _RETRIED:
        logging.getLogger(name).setLevel(logging.CRITICAL)
