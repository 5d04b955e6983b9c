"""The page of a review, served to this machine alone."""

import json
import secrets
import types
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any, Final, Protocol

from attrs import define, field, frozen

from ...domain.errors import CliptuneError, UnreadableImage, UsageError

HOST: Final = "127.0.0.1"
LARGEST_REQUEST: Final = 65_536
SECONDS: Final = 30
KINDS: Final[Mapping[str, str]] = types.MappingProxyType(
    {
        "index.html": "text/html; charset=utf-8",
        "icon.svg": "image/svg+xml",
        "review.css": "text/css; charset=utf-8",
        "review.js": "text/javascript; charset=utf-8",
    }
)
JSON: Final = "application/json"
# Nothing from anywhere else, and nothing that a caption might smuggle in.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Desk(Protocol):
    """Who answers for the review."""

    def state(self) -> dict[str, Any]:
        """Everything that the page shows."""
        ...

    def decide(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """
        Keep a decision.

        Raises:
            UsageError: If the request cannot be followed.
            RunFailed: If it cannot be kept.
        """
        ...


@frozen
class Answer:
    """What goes back to the browser."""

    status: HTTPStatus
    kind: str
    body: bytes


@define(eq=False)
class ReviewServer:
    """
    Serves one review on 127.0.0.1, under a path that nobody can guess.

    Pictures are asked for by number; no path ever comes from the browser. A page of another site that resolves its
    own name to this machine (DNS rebinding) is turned away by the ``Host`` header, and one that posts from elsewhere
    by the ``Origin`` header and the secret path.

    Attributes:
        desk: Who answers for the review.
        picture: The JPEG of a picture by its number.
        port: Where to listen; 0 takes a free one.
    """

    desk: Desk
    picture: Callable[[int], bytes]
    port: int = 0
    _token: str = field(init=False, factory=lambda: secrets.token_urlsafe(24))
    _server: ThreadingHTTPServer = field(init=False)

    def __attrs_post_init__(self) -> None:
        try:
            self._server = ThreadingHTTPServer((HOST, self.port), self._handler())
        except (OSError, OverflowError) as error:
            raise UsageError(f"port {self.port} of {HOST} cannot be used ({error}); choose another --port") from error
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    @property
    def url(self) -> str:
        """Where a browser finds the page."""
        return f"http://{HOST}:{self.port}/{self._token}/"

    def serve(self) -> None:
        """Answer until the process is interrupted, or ``stop`` is called."""
        self._server.serve_forever(poll_interval=0.2)

    def stop(self) -> None:
        """Let ``serve``, which runs in another thread, return."""
        self._server.shutdown()

    def close(self) -> None:
        """Free the port; nothing is served any more."""
        self._server.server_close()

    def answer(self, path: str) -> Answer:
        """What is at a path below the secret one."""
        if path in ("", *KINDS):
            name = path or "index.html"
            return Answer(HTTPStatus.OK, KINDS[name], (files("cliptune.adapters.review") / "page" / name).read_bytes())
        if path == "api/state":
            return _json(HTTPStatus.OK, self.desk.state())
        kind, _, number = path.partition("/")
        if kind == "picture" and number.isascii() and number.isdigit() and len(number) < 10:
            try:
                return Answer(HTTPStatus.OK, "image/jpeg", self.picture(int(number)))
            except (UnreadableImage, IndexError) as error:
                return _json(HTTPStatus.NOT_FOUND, {"error": str(error)})
        return _json(HTTPStatus.NOT_FOUND, {"error": "there is nothing here"})

    def accept(self, path: str, body: bytes) -> Answer:
        """What is posted to a path below the secret one."""
        if path != "api/decisions":
            return _json(HTTPStatus.NOT_FOUND, {"error": "there is nothing here"})
        try:
            request = json.loads(body)
        except (ValueError, RecursionError):
            return _json(HTTPStatus.BAD_REQUEST, {"error": "the request is not JSON"})
        if not isinstance(request, dict):
            return _json(HTTPStatus.BAD_REQUEST, {"error": "the request is not an object"})
        try:
            return _json(HTTPStatus.OK, self.desk.decide(request))
        except UsageError as error:
            return _json(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        except CliptuneError as error:
            return _json(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": str(error)})

    def inside(self, path: str) -> str | None:
        """The part of a path below the secret one; None where it is not below it."""
        given, slash, rest = path.removeprefix("/").partition("/")
        fits = secrets.compare_digest(given.encode(errors="replace"), self._token.encode())
        return rest.partition("?")[0] if slash and fits else None

    def refusal(self, *, host: str | None, origin: str | None) -> str | None:
        """Why a request comes from somewhere else; None where it does not."""
        own = {f"{name}:{self.port}" for name in (HOST, "localhost")}
        if host is None or host.lower() not in own:
            return "this address belongs to a review on this machine"
        if origin is not None and origin.lower().removeprefix("http://") not in own:
            return "another site asked for this"
        return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            """Turns requests into questions to the review."""

            protocol_version = "HTTP/1.1"
            server_version = "cliptune"
            sys_version = ""
            timeout = SECONDS

            def do_GET(self) -> None:
                self._send(lambda path: outer.answer(path))

            def do_POST(self) -> None:
                length = self.headers.get("Content-Length", "")
                typed = self.headers.get_content_type() == JSON
                if not (typed and length.isascii() and length.isdigit() and int(length) <= LARGEST_REQUEST):
                    self.close_connection = True
                    self._write(_json(HTTPStatus.BAD_REQUEST, {"error": "JSON of moderate size is expected"}))
                    return
                body = self.rfile.read(int(length))
                self._send(lambda path: outer.accept(path, body))

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
                """The address is a secret: it stands in no log."""

            def _send(self, answer: Callable[[str], Answer]) -> None:
                refusal = outer.refusal(host=self.headers.get("Host"), origin=self.headers.get("Origin"))
                path = outer.inside(self.path)
                if refusal is not None:
                    self._write(_json(HTTPStatus.FORBIDDEN, {"error": refusal}))
                elif path is None:
                    self._write(_json(HTTPStatus.NOT_FOUND, {"error": "there is nothing here"}))
                else:
                    self._write(answer(path))

            def _write(self, answer: Answer) -> None:
                self.send_response(answer.status)
                for name, value in (
                    ("Content-Type", answer.kind),
                    ("Content-Length", str(len(answer.body))),
                    ("Content-Security-Policy", POLICY),
                    ("X-Content-Type-Options", "nosniff"),
                    ("Referrer-Policy", "no-referrer"),
                    ("Cross-Origin-Resource-Policy", "same-origin"),
                    ("Cache-Control", "no-store"),
                ):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

        return Handler


def _json(status: HTTPStatus, document: Mapping[str, Any]) -> Answer:
    return Answer(status, JSON, json.dumps(document).encode())
