"""The demo's web server: loopback only, a port of the system's choice, conditional GET as feeds are polled with."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from newswire.demo.site import Site, load_sites, render


@dataclass
class DemoServer:
    """What is served, and how often each path was asked for."""

    base: str
    started: datetime
    served: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    hits: Counter[str] = field(default_factory=Counter)

    def show(self, *, later: bool) -> list[Site]:
        """Serve the sites as they are at the start or later; gives them."""
        sites = load_sites(later=later)
        self.served = render(sites, base=self.base, started=self.started)
        return sites


@contextmanager
def serve(started: datetime) -> Iterator[DemoServer]:
    """A running server that shows the sites as they are at the start."""
    listener = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    listener.daemon_threads = True
    demo = DemoServer(base=f"http://127.0.0.1:{listener.server_address[1]}", started=started)
    listener.RequestHandlerClass = _handler(demo)
    demo.show(later=False)
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield demo
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


def _handler(demo: DemoServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.split("?", 1)[0]
            demo.hits[path] += 1
            found = demo.served.get(path)
            if found is None:
                self._answer(404, "text/plain; charset=utf-8", b"not found", "")
                return
            kind, content = found
            tag = f'"{sha256(content).hexdigest()[:16]}"'
            if self.headers.get("If-None-Match") == tag:
                self._answer(304, kind, b"", tag)
            else:
                self._answer(200, kind, content, tag)

        def _answer(self, status: int, kind: str, content: bytes, tag: str) -> None:
            self.send_response(status)
            if tag:
                self.send_header("ETag", tag)
            if status != 304:
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # the name is the base class's
            """Requests are counted, not printed."""

    return Handler
