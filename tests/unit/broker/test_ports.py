"""Choosing ports."""

import socket
from collections.abc import Iterator

import pytest

from streams.broker.errors import PortTaken
from streams.broker.ports import choose, choose_ports, is_free
from streams.broker.properties import Ports


@pytest.fixture
def taken() -> Iterator[int]:
    """Return a port somebody listens on."""
    with socket.create_server(("127.0.0.1", choose())) as server:
        yield server.getsockname()[1]


def test_a_port_somebody_listens_on_is_not_free(taken: int) -> None:
    """Sharing an address with a live server is not what SO_REUSEADDR is for."""
    assert not is_free(taken)


def test_a_port_with_lingering_connections_is_free() -> None:
    """A broker that was just stopped can have its port again, although the system still remembers its connections."""
    with socket.create_server(("127.0.0.1", choose())) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        connection, _ = server.accept()
        connection.close()  # the side that closes first is the one that lingers
        client.close()

    assert is_free(port)


def test_chosen_ports_are_never_given_to_outgoing_connections() -> None:
    """A client that retries a stopped broker's port must not be able to become its own peer on it."""
    assert all(choose() < 32_768 for _ in range(20))


def test_the_remembered_ports_are_used_again() -> None:
    """Clients configured once go on working."""
    remembered = Ports(choose(), choose())

    assert choose_ports(remembered=remembered, asked=None) == remembered


def test_a_lost_port_is_replaced_and_the_other_kept(taken: int) -> None:
    """Only what is lost changes, and the two never coincide."""
    free = choose()

    client_lost = choose_ports(remembered=Ports(client=taken, controller=free), asked=None)
    controller_lost = choose_ports(remembered=Ports(client=free, controller=taken), asked=None)

    assert client_lost.controller == free
    assert client_lost.client not in (taken, free)
    assert controller_lost.client == free
    assert controller_lost.controller not in (taken, free)


def test_a_wish_comes_first(taken: int) -> None:
    """An asked port overrides the remembered one, even the controller's; a taken one is an error."""
    wish = choose()

    assert choose_ports(remembered=Ports(choose(), wish), asked=wish).client == wish
    assert choose_ports(remembered=Ports(choose(), wish), asked=wish).controller != wish
    with pytest.raises(PortTaken, match=str(taken)):
        choose_ports(remembered=None, asked=taken)
