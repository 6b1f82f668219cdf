"""What the revenue program writes: what is new, each key once, and nothing that is on the topics already."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from hashlib import blake2b

from msgspec import DecodeError
from msgspec.structs import replace

from streams.revenue.answers import (
    TOPICS,
    Answer,
    ForecastTold,
    Said,
    Topic,
    decode_answer,
    encode_answer,
    key_of,
    topic_of,
)
from streams.revenue.company import Unit


class Answers:
    """What is to be written, by topic and key, and what is there already. The thread puts, the worker's loop takes."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._there: dict[Topic, dict[bytes, bytes]] = {topic: {} for topic in TOPICS}
        self._waiting: dict[Topic, dict[bytes, bytes | None]] = {topic: {} for topic in TOPICS}
        self._lock = threading.Lock()

    def begin(self, kept: Iterable[tuple[bytes, bytes]]) -> list[Answer]:
        """Learn what the changelog has, and return it. What was taken before, and came there or not, is forgotten."""
        with self._lock:
            self._there["forecast"], self._waiting["forecast"] = {}, {}
        found = (self.on_record(key, value) for key, value in kept)
        return [answer for answer in found if answer is not None]

    def on_record(self, key: bytes, value: bytes | None) -> Answer | None:
        """Learn what is on a topic; return it. A record that is none of ours is as if it were not there."""
        try:
            answer = None if value is None else decode_answer(value)
        except DecodeError:
            return None
        with self._lock:
            if answer is None:
                for known in self._there.values():
                    known.pop(key, None)
            else:
                self._there[topic_of(answer)][key] = _content(answer)
        return answer

    def put(self, answer: Answer) -> bool:
        """Have an answer written, where it says something new; return whether it does."""
        topic, key, content = topic_of(answer), key_of(answer), _content(answer)
        with self._lock:
            if self._there[topic].get(key) == content and not _is_pulse(answer):
                return False
            self._there[topic][key] = content
            self._waiting[topic][key] = encode_answer(answer)
        return True

    def sweep(self, told: Mapping[Topic, set[bytes]]) -> None:
        """Have everything taken away that a whole round did not tell of, but for what is told of once."""
        with self._lock:
            for topic, keys in told.items():
                for key in [each for each in self._there[topic] if each not in keys and not _is_kept(each)]:
                    del self._there[topic][key]
                    self._waiting[topic][key] = None

    def take(self, topic: Topic) -> list[tuple[bytes, bytes | None]]:
        """What is to be written on a topic, each key once."""
        with self._lock:
            found, self._waiting[topic] = self._waiting[topic], {}
        return list(found.items())


def _content(answer: Answer) -> bytes:
    """What an answer says, whenever it says it."""
    timeless = answer if isinstance(answer, Said) else replace(answer, at=0)
    return blake2b(encode_answer(timeless), digest_size=16).digest()


def _is_pulse(answer: Answer) -> bool:
    """Whether it says as of when all others are."""
    return isinstance(answer, ForecastTold) and answer.unit == Unit()


def _is_kept(key: bytes) -> bool:
    """Whether an answer is made once, and not in every round."""
    return key.startswith((b"said|", b"sheet|", b"matrix"))
