"""Laws of reading text in the encodings that people's programs write."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.datasets.detect import open_source
from cliptune.adapters.datasets.text_files import text_lines
from cliptune.domain.config.data import DataConfig
from cliptune.domain.errors import UnreadableData
from cliptune.domain.pairs import Row
from support.pairs import write

CAPTIONS = ("Größe 3 cm, “links”", "café à gauche")
TABLES = {
    "t.csv": "image_path,caption\n" + "".join(f'a.png,"{caption}"\n' for caption in CAPTIONS),
    "t.tsv": "image_path\tcaption\n" + "".join(f"a.png\t{caption}\n" for caption in CAPTIONS),
    "captions.txt": "".join(f"a.png\t{caption}\n" for caption in CAPTIONS),
    "t.jsonl": "".join(f'{{"image": "a.png", "caption": {json.dumps(c, ensure_ascii=False)}}}\n' for c in CAPTIONS),
    "t.json": json.dumps([{"image": "a.png", "caption": list(CAPTIONS)}], ensure_ascii=False),
}
WRITTEN = [
    ("utf-8", "utf-8"),
    ("utf-8-sig", "utf-8"),
    ("utf-16", "utf-8"),
    ("utf-32", "utf-8"),
    ("cp1252", "cp1252"),
    ("utf-8-sig", "cp1252"),
    ("utf-16", "cp1252"),
    ("utf-16-le", "utf-16-le"),
]


def captions(path: Path, **columns: str) -> tuple[str, ...]:
    return tuple(row.caption for row in open_source(str(path), DataConfig(**columns)).rows() if isinstance(row, Row))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(("written", "named"), WRITTEN)
def test_a_table_reads_alike_in_every_encoding_that_it_tells_or_the_configuration_names(
    tmp_path: Path, name: str, written: str, named: str
) -> None:
    write(tmp_path / "a.png")
    path = write(tmp_path / name, TABLES[name].encode(written))

    assert CAPTIONS == captions(path, encoding=named)


@pytest.mark.parametrize(("written", "named"), WRITTEN)
def test_a_text_file_beside_a_picture_reads_alike_in_every_encoding(tmp_path: Path, written: str, named: str) -> None:
    write(tmp_path / "a.png")
    write(tmp_path / "a.txt", "\n".join(CAPTIONS).encode(written))

    assert CAPTIONS == captions(tmp_path, encoding=named)


@pytest.mark.parametrize(("written", "named"), WRITTEN)
def test_a_metadata_table_reads_alike_in_every_encoding(tmp_path: Path, written: str, named: str) -> None:
    write(tmp_path / "a.png")
    path = write(tmp_path / "captions.csv", "image_path,caption\na.png,one\n".encode(named))
    write(tmp_path / "m.csv", "image_path,part\na.png,Gehäuse\n".encode(written))
    (row,) = open_source(str(path), DataConfig(metadata_path=str(tmp_path / "m.csv"), encoding=named)).rows()

    assert isinstance(row, Row)
    assert {"part": "Gehäuse"} == row.columns


@pytest.mark.parametrize("name", ["t.csv", "captions.txt", "t.json"])
def test_a_file_of_windows_is_told_with_the_key_that_reads_it(tmp_path: Path, name: str) -> None:
    write(tmp_path / "a.png")
    path = write(tmp_path / name, TABLES[name].encode("cp1252"))

    with pytest.raises(UnreadableData, match=r"looks like Windows-1252 \(.*Größe.*\): `encoding: cp1252` reads it"):
        captions(path)


def test_bytes_that_the_named_encoding_leaves_open_are_told_with_their_line(tmp_path: Path) -> None:
    path = write(tmp_path / "captions.txt", b"a.png\tgut\na.png\t\x81\n")

    with pytest.raises(UnreadableData) as error:
        captions(path, encoding="cp1252")

    assert (
        f"{path}: is not cp1252: byte 0x81 at offset 16, line 2; `encoding` names the one that it is in"
        == error.value.message
    )


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=40),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_lines_joined_again_are_the_text(tmp_path_factory: pytest.TempPathFactory, text: str, written: str) -> None:
    path = tmp_path_factory.mktemp("text") / "t.txt"
    path.write_bytes(text.removeprefix("\ufeff").encode(written))

    assert text.removeprefix("\ufeff") == "".join(text_lines(path))
