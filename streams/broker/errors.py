"""What can go wrong with the embedded broker; every message says what to do about it."""

from streams.errors import DealwatchError


class BrokerError(DealwatchError):
    """The embedded broker cannot do what was asked."""

    id = "err-broker"


class JarMismatch(BrokerError):
    """A jar is not, byte for byte, the one the lock file names."""

    id = "err-broker-jar-mismatch"


class JarsUnavailable(BrokerError):
    """A jar is missing and could not be fetched."""

    id = "err-broker-jars-unavailable"


class PortTaken(BrokerError):
    """The port that was asked for belongs to somebody else."""

    id = "err-broker-port-taken"


class DirectoryBusy(BrokerError):
    """Another process is starting or stopping the broker of this directory, and takes too long."""

    id = "err-broker-directory-busy"


class StartFailed(BrokerError):
    """The broker ended, or did not answer in time, while it was starting."""

    id = "err-broker-start-failed"


class StopFailed(BrokerError):
    """The broker is still there after it was told to go."""

    id = "err-broker-stop-failed"


class NotIncluded(BrokerError):
    """This installation was made without what the embedded broker needs, as the image is."""

    id = "err-broker-not-included"

    def __init__(self) -> None:
        super().__init__("no Kafka comes with this installation; name one with --broker host:port")
