"""What can go wrong while foreign records become events; every message says where, and what to do about it."""

from typing import ClassVar


class ConnectorError(Exception):
    """Records of a foreign system cannot be turned into events."""

    id: ClassVar[str] = "err-connector"


class MappingInvalid(ConnectorError):
    """A mapping file does not say, in the words of docs/mapping.md, what the columns and rows of a log mean."""

    id = "err-connector-mapping-invalid"


class LogUnreadable(ConnectorError):
    """A foreign log is missing, damaged, or not the CSV that the mapping describes."""

    id = "err-connector-log-unreadable"


class EventFileUnreadable(ConnectorError):
    """An event file is missing or damaged."""

    id = "err-connector-event-file-unreadable"


class EventFileUnwritable(ConnectorError):
    """An event file cannot be written where it was asked for."""

    id = "err-connector-event-file-unwritable"


class FileWithoutEvents(ConnectorError):
    """No line of an event file is an event: it is something else."""

    id = "err-connector-file-without-events"
