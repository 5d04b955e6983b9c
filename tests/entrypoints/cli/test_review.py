"""Laws of ``review`` and ``data apply`` as a program uses them."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from support.reviews import SERVE, clusters, commands, kept, written

TESTS = Path(__file__).resolve().parents[2]


def cliptune(*arguments: str | Path) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(commands(), [str(argument) for argument in arguments])


@contextmanager
def serving(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A review in a process of its own, and where its page is."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, "review", *map(str, arguments), "--no-open"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(TESTS)},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    url = next((found[0] for line in process.stdout if (found := re.search(r"http://\S+", line))), None)
    try:
        assert url is not None, process.stderr.read()
        yield process, url
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def ask(url: str, path: str, request: dict[str, Any] | None = None) -> bytes:
    """Ask the page's server for something, or decide something."""
    place = url.removeprefix("http://")
    connection = http.client.HTTPConnection(place.partition("/")[0], timeout=20)
    body = None if request is None else json.dumps(request).encode()
    where = "/" + place.partition("/")[2] + path
    connection.request("GET" if body is None else "POST", where, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert 200 == answer.status, content
    return content


def post(url: str, **request: Any) -> dict[str, Any]:
    """Decide something."""
    document: dict[str, Any] = json.loads(ask(url, "api/decisions", request))
    return document


@pytest.fixture(scope="module")
def embeddings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("review"), clusters(swap=True))


def test_for_a_program_the_queues_are_one_document_and_nothing_is_served(embeddings: Path) -> None:
    done = cliptune("review", embeddings, "--json", "--limit", "3")

    assert 0 == done.exit_code, done.stderr
    queues = json.loads(done.stdout)["queues"]
    assert ["mismatched", "hard_negatives", "near_duplicates"] == list(queues)
    first = queues["mismatched"][0]
    assert first["caption"] in {"caption 0 of kind 0", "caption 2 of kind 1"}
    assert {"score", "reason", "image", "where", "own_similarity", "candidates"} <= first.keys()
    assert 3 == len(queues["mismatched"])


def test_a_hundred_decisions_survive_a_kill_and_the_review_goes_on(embeddings: Path, tmp_path: Path) -> None:
    out = tmp_path / "decisions.jsonl"
    with serving(embeddings, "--out", out) as (process, url):
        for at in range(100):
            post(url, queue="mismatched", item=at % 64, decision="keep" if at % 2 else "drop")
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    assert 100 == len(kept(out))
    with serving(embeddings, "--out", out) as (process, url):
        items = json.loads(ask(url, "api/state"))["queues"][0]["items"]
        assert 64 == sum(item["decided"] is not None for item in items)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert "64 pairs are decided" in said
        assert 0 == process.returncode


def test_decisions_become_a_new_version_and_the_source_stays(embeddings: Path, tmp_path: Path) -> None:
    data, out = embeddings.parent / "data" / "captions.csv", tmp_path / "decisions.jsonl"
    before = data.read_bytes()
    with serving(embeddings, "--out", out, "--reviewer", "R") as (_, url):
        assert ask(url, "picture/3").startswith(b"\xff\xd8")
        dropped = post(url, queue="mismatched", item=0, decision="drop")
        post(url, queue="mismatched", item=1, decision="edit", new_caption="  a new\ncaption ")
        post(url, queue="mismatched", item=2, decision="same_as", candidate=0)
        post(url, queue="mismatched", item=3, decision="drop")
        assert "mismatched" == post(url, decision="undo")["queue"]
    assert [{"queue": "mismatched", "item": 0}] <= [
        {"queue": one["queue"], "item": one["item"]} for one in dropped["changed"]
    ]

    done = cliptune("data", "apply", out, "--data", data, "--out", data.with_name("new.csv"), "--json")

    assert 0 == done.exit_code, done.stderr
    document = json.loads(done.stdout)
    assert {"dropped": 1, "edited": 1, "same_as": 2, "unusable": 0} == document["rows"]
    assert (64, 63, []) == (document["source"]["rows"], document["result"]["rows"], document["stale"])
    assert ["caption", "image", "same_as"] == document["positive_keys"]
    assert document == json.loads(data.with_name("new.csv.decisions.json").read_text(encoding="utf-8"))
    assert before == data.read_bytes()
    assert "a new caption" in data.with_name("new.csv").read_text(encoding="utf-8")
    assert {"R"} == {one["reviewer"] for one in kept(out)}


def test_decisions_about_other_data_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "captions.csv"
    (tmp_path / "x.jpg").write_bytes(b"x")
    other.write_text("image_path,caption\nx.jpg,one\n", encoding="utf-8")
    out = tmp_path / "decisions.jsonl"
    record = {"format": 1, "queue": "mismatched", "image": "y.jpg", "caption": "one", "decision": "drop"}
    out.write_text(json.dumps(record) + "\n", encoding="utf-8")

    done = cliptune("data", "apply", out, "--data", other, "--out", tmp_path / "new.csv")

    assert 3 == done.exit_code
    assert "none of its 1 decisions fits" in done.stderr
    assert not (tmp_path / "new.csv").exists()


def test_stale_decisions_are_counted_and_the_others_hold(tmp_path: Path) -> None:
    data, out = tmp_path / "captions.csv", tmp_path / "decisions.jsonl"
    (tmp_path / "x.jpg").write_bytes(b"x")
    data.write_text("image_path,caption,scene\nx.jpg,one,s\nx.jpg,two,s\n", encoding="utf-8")
    log = [{"format": 1, "image": "x.jpg", "caption": text, "decision": "drop"} for text in ("one", "three")]
    out.write_text("".join(json.dumps(one) + "\n" for one in log), encoding="utf-8")

    done = cliptune("data", "apply", out, "--data", data, "--out", tmp_path / "new.csv")

    assert 0 == done.exit_code, done.stderr
    assert "2 rows: 1 dropped" in done.stdout
    assert "not applied: drop of x.jpg: the pair is not there any more" in done.stdout
    assert "image_path,caption,scene\nx.jpg,two,s\n" == (tmp_path / "new.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["review", "nowhere"], 2, "name a folder that `cliptune embed` wrote"),
        (["review", "nowhere", "--limit", "0"], 2, "--limit is at least 1"),
        (["data", "apply", "nowhere", "--data", "x", "--out", "y.csv"], 2, "there are no decisions"),
    ],
)
def test_a_mistake_is_told(arguments: list[str], code: int, said: str) -> None:
    done = cliptune(*arguments)

    assert code == done.exit_code
    assert said in done.stderr


def test_a_file_that_is_something_else_is_not_taken_for_decisions(embeddings: Path, tmp_path: Path) -> None:
    table = tmp_path / "captions.csv"
    table.write_text("image_path,caption\n", encoding="utf-8")

    done = cliptune("review", embeddings, "--out", table, "--no-open")

    assert 3 == done.exit_code
    assert "image_path,caption\n" == table.read_text(encoding="utf-8")
