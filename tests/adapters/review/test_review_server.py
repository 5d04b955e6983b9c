"""Laws of the page's server: nobody else gets in, and nothing but the review comes out."""

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cliptune.adapters.review import server as module
from cliptune.adapters.review.server import LARGEST_REQUEST, ReviewServer
from cliptune.domain.errors import RunFailed, UnreadableImage, UsageError


class Notes:
    """A desk that writes down what it is asked, and refuses some of it."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, Any]] = []

    def state(self) -> dict[str, Any]:
        return {"data": "<b>bold</b>"}

    def decide(self, request: Mapping[str, Any]) -> dict[str, Any]:
        if request.get("decision") == "wrong":
            raise UsageError("there is no such decision")
        if request.get("decision") == "full":
            raise RunFailed("the disk is full")
        self.asked.append(request)
        return {"changed": []}


def picture(number: int) -> bytes:
    if number == 1:
        raise UnreadableImage("b.jpg: no such file")
    return (b"jpeg",)[number]


@pytest.fixture
def desk() -> Notes:
    return Notes()


@pytest.fixture
def running(desk: Notes) -> Iterator[ReviewServer]:
    made = ReviewServer(desk, picture)
    thread = threading.Thread(target=made.serve)
    thread.start()
    yield made
    made.stop()
    thread.join()
    made.close()


def ask(
    running: ReviewServer, path: str, *, body: bytes | None = None, secret: bool = True, **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    """Ask for a path below the secret one, or for a path as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
    base = running.url.partition(f":{running.port}")[2] if secret else "/"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        named.setdefault("Content-Type", "application/json")
    connection.request("GET" if body is None else "POST", base + path, body=body, headers=named)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


def test_the_page_and_its_parts_are_there_and_small(running: ReviewServer) -> None:
    for name in ("", "index.html", "review.js", "review.css", "icon.svg"):
        answer, content = ask(running, name)
        assert 200 == answer.status
        assert content
    folder = Path(module.__file__).parent / "page"
    assert sum(path.stat().st_size for path in folder.iterdir()) < 300_000


def test_no_part_of_the_page_names_another_site() -> None:
    for path in (Path(module.__file__).parent / "page").iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "//" not in text.replace("\n//", "") or path.suffix != ".html"
        assert "http:" not in text
        assert "https:" not in text


def test_every_answer_forbids_whatever_is_not_the_page_itself(running: ReviewServer) -> None:
    for path in ("", "api/state", "picture/0", "nothing"):
        answer, _ = ask(running, path)
        assert "default-src 'none'" in (answer.headers["Content-Security-Policy"] or "")
        assert "unsafe" not in (answer.headers["Content-Security-Policy"] or "")
        assert ("nosniff", "no-store") == (answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"])


@pytest.mark.parametrize("path", ["", "index.html", "api/state", "picture/0", "x/", "../", "%2e%2e/etc/passwd"])
def test_without_the_secret_there_is_nothing(running: ReviewServer, path: str) -> None:
    answer, content = ask(running, path, secret=False)

    assert 404 == answer.status
    assert b"nothing here" in content


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "picture/../../x", "picture/-1", "picture/9", "picture/a", "x.py"]
)
def test_nothing_but_the_page_and_pictures_by_number_is_served(running: ReviewServer, path: str) -> None:
    assert 404 == ask(running, path)[0].status


def test_a_picture_comes_by_its_number_and_one_that_is_gone_says_so(running: ReviewServer) -> None:
    answer, content = ask(running, "picture/0")

    assert ("image/jpeg", b"jpeg") == (answer.headers["Content-Type"], content)
    assert (404, b"b.jpg: no such file") == (
        (gone := ask(running, "picture/1"))[0].status,
        json.loads(gone[1])["error"].encode(),
    )


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", ""])
def test_a_name_that_leads_here_by_rebinding_is_turned_away(running: ReviewServer, host: str) -> None:
    assert 403 == ask(running, "api/state", Host=host)[0].status


def test_localhost_is_this_machine(running: ReviewServer) -> None:
    assert 200 == ask(running, "api/state", Host=f"localhost:{running.port}")[0].status


def test_another_site_cannot_decide(running: ReviewServer, desk: Notes) -> None:
    body = b'{"decision": "drop"}'

    assert 403 == ask(running, "api/decisions", body=body, Origin="http://evil.example")[0].status
    assert 403 == ask(running, "api/decisions", body=body, Origin="null")[0].status
    assert 400 == ask(running, "api/decisions", body=body, Content_Type="text/plain")[0].status
    assert [] == desk.asked
    assert 200 == ask(running, "api/decisions", body=body, Origin=f"http://127.0.0.1:{running.port}")[0].status
    assert [{"decision": "drop"}] == desk.asked


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"[" * 60_000, 400),
        (b" " * (LARGEST_REQUEST + 1), 400),
        (b'{"decision": "wrong"}', 400),
        (b'{"decision": "full"}', 500),
    ],
)
def test_what_cannot_be_kept_is_said(running: ReviewServer, body: bytes, status: int) -> None:
    answer, content = ask(running, "api/decisions", body=body)

    assert status == answer.status
    assert json.loads(content)["error"]


def test_only_this_machine_is_listened_to_and_every_server_has_a_secret_of_its_own(desk: Notes) -> None:
    one, two = ReviewServer(desk, picture), ReviewServer(desk, picture)
    try:
        assert one.url.startswith("http://127.0.0.1:")
        assert len(one.url.split("/")[3]) >= 32
        assert one.url.split("/")[3] != two.url.split("/")[3]
    finally:
        one.close()
        two.close()


def test_a_port_that_is_taken_is_a_mistake_of_the_command(running: ReviewServer, desk: Notes) -> None:
    with pytest.raises(UsageError, match="--port"):
        ReviewServer(desk, picture, running.port)
    with pytest.raises(UsageError, match="--port"):
        ReviewServer(desk, picture, 99_999)
