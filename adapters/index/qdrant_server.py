"""A Qdrant server, and what it says when it cannot help."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from ...domain.errors import CliptuneError, RunFailed
from ...domain.index_manifest import ServerCollection
from .extras import extra
from .qdrant_points import FACTS, NUMBER

SECONDS: Final = 60


def connect(server: ServerCollection, *, api_key: str | None) -> Any:
    """
    A client of a server; it is asked for nothing yet.

    Raises:
        UsageError: If qdrant-client is not installed.
        RunFailed: If the address is none.
    """
    client = extra("qdrant_client", of="qdrant")
    with answers_told(server.url):
        try:
            return client.QdrantClient(url=server.url, api_key=api_key, timeout=SECONDS, check_compatibility=False)
        except ValueError as error:
            raise RunFailed(f"{server.url} is no address of a Qdrant server: {error}") from error


def has_collection(client: Any, server: ServerCollection) -> bool:
    """
    Whether the server has the collection.

    Raises:
        RunFailed: If it does not answer.
    """
    with answers_told(server.url):
        return bool(client.collection_exists(server.collection))


def make_collection(client: Any, server: ServerCollection, *, width: int) -> None:
    """
    Make an empty collection; scores are inner products.

    Raises:
        RunFailed: If the server refuses, or does not answer.
    """
    models = extra("qdrant_client.models", of="qdrant")
    with answers_told(server.url):
        client.create_collection(
            server.collection, vectors_config=models.VectorParams(size=width, distance=models.Distance.DOT)
        )
        if client.init_options.get("url"):
            client.create_payload_index(server.collection, FACTS, models.PayloadSchemaType.KEYWORD)
            client.create_payload_index(server.collection, NUMBER, models.PayloadSchemaType.INTEGER)


def drop(client: Any, server: ServerCollection) -> None:
    """
    Delete a collection; nothing happens where there is none.

    Raises:
        RunFailed: If the server refuses, or does not answer.
    """
    with answers_told(server.url):
        client.delete_collection(server.collection)


@contextmanager
def answers_told(url: str) -> Iterator[None]:
    """
    Turn what a server refuses, or that it does not answer, into a failed run.

    Raises:
        RunFailed: If it does.
    """
    exceptions = extra("qdrant_client.http.exceptions", of="qdrant")
    try:
        yield
    except CliptuneError:
        raise
    except exceptions.UnexpectedResponse as error:
        told = f"{error.status_code} {error.reason_phrase}"
        raise RunFailed(f"{url} refused: {told}; nothing was changed here") from error
    except (exceptions.ApiException, OSError) as error:
        told = " ".join(str(error).split()) or type(error).__name__
        raise RunFailed(f"the Qdrant server at {url} does not answer: {told}; is it running?") from error
