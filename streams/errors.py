"""Every error that reaches a person, with its fixed id. The message says what happened and what to do."""

from __future__ import annotations


class DealwatchError(Exception):
    """Something a person has to know about; `id` is stable and named in the documentation."""

    id = "err-dealwatch"

    def __str__(self) -> str:
        """The message with the error's id, so that it can be looked up."""
        return f"{super().__str__()} [{self.id}]"


class BrokerUnreachable(DealwatchError):
    """No Kafka answers at the given address."""

    id = "err-broker-unreachable"


class TopicsWrong(DealwatchError):
    """A topic is missing or is not as the plan wants it."""

    id = "err-topics-wrong"


class SettingsWrong(DealwatchError):
    """A setting has no usable value."""

    id = "err-settings-wrong"


class RulesWrong(DealwatchError):
    """The parameters of rules are not such as can be used."""

    id = "err-rules-wrong"


class PlayWrong(DealwatchError):
    """A play is not such as can be used."""

    id = "err-play-wrong"


class CompanyWrong(DealwatchError):
    """The company file cannot be used; the message names each fault with its place."""

    id = "err-company-wrong"


class PracticeWrong(DealwatchError):
    """The practice file cannot be used; the message names each fault with its place."""

    id = "err-practice-wrong"


class FileUnusable(DealwatchError):
    """A file cannot be read, or is not what it should be."""

    id = "err-file-unusable"


class WorkerAbsent(DealwatchError):
    """Records wait, and no worker handles them."""

    id = "err-worker-absent"


class NotFound(DealwatchError):
    """What was asked for does not exist."""

    id = "err-not-found"
