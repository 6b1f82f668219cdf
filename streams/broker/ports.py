"""Ports on loopback that nobody uses."""

import random
import socket

from streams.broker.errors import PortTaken
from streams.broker.properties import LOOPBACK, Ports

# Below the range from which Linux (32768 up) and macOS (49152 up) give ports to outgoing connections. A client that
# keeps trying a stopped broker's port could otherwise be given that very port, connect to itself, and keep it.
_CANDIDATES = range(20_000, 32_000)
_ATTEMPTS = 200


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now; connections that linger from an earlier server do not matter."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def choose(*, besides: int | None = None) -> int:
    """Return a free port other than `besides`."""
    for _ in range(_ATTEMPTS):
        port = random.choice(_CANDIDATES)  # noqa: S311 - not a secret
        if port != besides and is_free(port):
            return port
    raise OSError(f"no free port between {_CANDIDATES.start} and {_CANDIDATES.stop} after {_ATTEMPTS} attempts")


def choose_ports(*, remembered: Ports | None, asked: int | None) -> Ports:
    """Return the asked port or raise PortTaken; without a wish the remembered ones if they are free, else new ones."""
    if asked is not None and not is_free(asked):
        raise PortTaken(f"port {asked} on {LOOPBACK} is taken; name another one, or none to get a free one")
    client = asked or (remembered.client if remembered and is_free(remembered.client) else choose())
    if remembered and remembered.controller != client and is_free(remembered.controller):
        return Ports(client, remembered.controller)
    return Ports(client, choose(besides=client))
