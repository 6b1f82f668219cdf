"""The identity given to a new broker."""

import re

from streams.broker.format import new_cluster_id


def test_cluster_ids_have_kafka_s_form() -> None:
    """Twenty-two characters of base64 for URLs, each time others, none that a command line takes for an option."""
    identities = {new_cluster_id() for _ in range(500)}

    assert len(identities) == 500
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{21}", identity) for identity in identities)
