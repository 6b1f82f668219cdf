"""What Kafka refuses, beyond not being there."""

from streams.errors import DealwatchError


class KafkaRefused(DealwatchError):
    """Kafka answered, but not with what was asked for."""

    id = "err-kafka-refused"


class AccessDenied(DealwatchError):
    """Kafka does not allow this to whoever asks."""

    id = "err-access-denied"


def sentence(error: DealwatchError) -> str:
    """The message of an error without its id: to be part of another text."""
    return str(error.args[0])
