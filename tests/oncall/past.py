"""A past for a Prometheus that has just begun: samples with their times, as if they had been scraped then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

#: Seconds between two samples. Prometheus takes what is up to an hour older than the youngest that it has.
EVERY_S = 5


@contextmanager
def past(series: str, value: float, seconds: float) -> Iterator[str]:
    """Serve samples of a series for so many seconds up to now; yields the address to scrape."""
    ends = int(time.time())
    times = range(ends - int(seconds) - EVERY_S, ends, EVERY_S)
    body = "".join(f"{series} {value:g} {each * 1000}\n" for each in times).encode()

    class Told(BaseHTTPRequestHandler):
        """Says the same to whoever asks."""

        def do_GET(self) -> None:  # the server's name for it
            self.send_response(200)
            self.send_header("content-type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the server's name for it
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Told) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(10)
