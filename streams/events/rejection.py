"""Why a record is no event: the closed list of reasons, and the value that carries one to the dead letters."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Reason(StrEnum):
    """Reasons for a dead letter. The value is the code in the record, the metric and the documentation."""

    NULL_VALUE = "null_value"
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    UNKNOWN_TYPE = "unknown_type"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    INVALID_VALUE = "invalid_value"
    ABSURD_TIME = "absurd_time"
    MISSING_OPPORTUNITY = "missing_opportunity"
    KEY_MISMATCH = "key_mismatch"
    CONFLICTING_DUPLICATE = "conflicting_duplicate"
    LATE = "late"
    UNKNOWN_ALERT = "unknown_alert"
    NO_ACTION = "no_action"


class Rejection(Struct, frozen=True):
    """A record that is not processed, and why; `detail` names the place, never the payload."""

    reason: Reason
    detail: str
