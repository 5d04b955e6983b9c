"""The hub is asked once and briefly, and the cache is looked through."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socket import create_server

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.system.hub import cache_folder, hub_facts


@contextmanager
def answering(status: int) -> Iterator[tuple[str, list[str]]]:
    """A hub on this machine that answers every request with one status, and the requests that it got."""
    asked: list[str] = []

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            asked.append(self.requestline)
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
            pass

    with HTTPServer(("127.0.0.1", 0), Hub) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def environment(cache: Path, **others: str) -> dict[str, str]:
    return {"HF_HUB_CACHE": str(cache), **others}


@pytest.mark.parametrize(("status", "reachable"), [(200, True), (401, True), (404, True), (503, False)])
def test_any_answer_but_a_broken_server_means_reachable(tmp_path: Path, status: int, reachable: bool) -> None:
    with answering(status) as (endpoint, asked):
        facts = hub_facts(environment(tmp_path, HF_ENDPOINT=endpoint + "/"))

    assert (endpoint, reachable) == (facts.endpoint, facts.reachable)
    assert ["HEAD / HTTP/1.1"] == asked


def test_a_hub_that_nobody_runs_cannot_be_reached(tmp_path: Path) -> None:
    with create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    facts = hub_facts(environment(tmp_path, HF_ENDPOINT=f"http://127.0.0.1:{port}"))

    assert facts.reachable is False
    assert facts.why.startswith("it cannot be reached: ")


def test_a_hub_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        facts = hub_facts(environment(tmp_path, HF_ENDPOINT=endpoint), seconds=0.2)

    assert facts.reachable is False


@pytest.mark.parametrize("name", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_offline_nobody_is_asked(tmp_path: Path, name: str) -> None:
    with answering(200) as (endpoint, asked):
        facts = hub_facts(environment(tmp_path, HF_ENDPOINT=endpoint, **{name: "yes"}))

    assert (None, f"not asked: {name} is set") == (facts.reachable, facts.why)
    assert [] == asked


def test_an_address_of_another_kind_is_not_opened(tmp_path: Path) -> None:
    facts = hub_facts(environment(tmp_path, HF_ENDPOINT="file:///etc/hosts"))

    assert facts.reachable is False
    assert "HF_ENDPOINT" in facts.why


def cached(cache: Path, name: str, config: str) -> None:
    """Put a model into a cache as the hub's client lays it out."""
    folder = cache / f"models--{name.replace('/', '--')}"
    snapshot = folder / "snapshots" / ("a" * 40)
    (folder / "refs").mkdir(parents=True)
    (folder / "blobs").mkdir()
    snapshot.mkdir(parents=True)
    (folder / "refs" / "main").write_text("a" * 40)
    (folder / "blobs" / "b").write_text(config)
    (snapshot / "config.json").symlink_to(folder / "blobs" / "b")


def test_clip_models_in_the_cache_are_listed_with_their_size(tmp_path: Path) -> None:
    clip, other = json.dumps({"model_type": "clip"}), json.dumps({"model_type": "bert"})
    cached(tmp_path, "owner/second", clip)
    cached(tmp_path, "owner/first", clip)
    cached(tmp_path, "owner/bert", other)
    cached(tmp_path, "owner/broken", "{")

    facts = hub_facts(environment(tmp_path, HF_HUB_OFFLINE="1"))

    assert [("owner/first", len(clip)), ("owner/second", len(clip))] == [(m.name, m.bytes) for m in facts.models]
    assert 2 * len(clip) + len(other) + 1 == facts.cache_bytes


def test_a_cache_that_does_not_exist_is_empty(tmp_path: Path) -> None:
    in_its_place = tmp_path / "file"
    in_its_place.write_text("")

    for cache in (tmp_path / "none", in_its_place):
        facts = hub_facts(environment(cache, HF_HUB_OFFLINE="1"))

        assert (0, ()) == (facts.cache_bytes, facts.models)


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"XDG_CACHE_HOME": "/data/general"},
        {"HF_HOME": "/data/home", "XDG_CACHE_HOME": "/data/general"},
        {"HF_HOME": "~/home"},
        {"HUGGINGFACE_HUB_CACHE": "/data/older", "HF_HOME": "/data/home"},
        {"HF_HUB_CACHE": "$HOME/cache", "HUGGINGFACE_HUB_CACHE": "/data/older"},
    ],
)
def test_the_cache_is_where_the_client_of_the_hub_has_it(environ: dict[str, str]) -> None:
    program = "from huggingface_hub.constants import HF_HUB_CACHE; print(HF_HUB_CACHE)"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING", "XDG"))}

    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={**inherited, **environ}
    )

    assert Path(told.stdout.strip()) == cache_folder(environ)


@given(st.sampled_from(["0", "false", "", "no"]))
def test_offline_switched_off_by_name_is_not_offline(value: str) -> None:
    facts = hub_facts({"HF_HUB_OFFLINE": value, "HF_HUB_CACHE": "/no/such/folder", "HF_ENDPOINT": "no address"})

    assert facts.reachable is False
