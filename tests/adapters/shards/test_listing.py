"""What is in a tar file, honest or hostile."""

import gzip
import io
import tarfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.shards import listing
from cliptune.adapters.shards.kept import members_of
from cliptune.adapters.shards.listing import Listing, list_members
from cliptune.adapters.shards.members import open_member
from cliptune.domain.errors import UnreadableData
from support.pairs import write
from support.tars import Entry, info, write_infos, write_tar

FORMATS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)

member_names = st.lists(
    st.text("abé漢. -_~", min_size=1, max_size=8).filter(lambda part: part.strip(".") != ""), min_size=1, max_size=3
).map("/".join)
entries = st.lists(st.tuples(member_names, st.binary(max_size=1500)), max_size=6, unique_by=lambda entry: entry[0])


def contents(path: Path, listed: Listing) -> list[Entry]:
    found = []
    for member in listed.members:
        with open_member(path, member.offset, member.size) as stream:
            found.append((member.name, stream.read()))
    return found


@given(entries=entries, kind=st.sampled_from(FORMATS), long=st.booleans())
def test_every_file_of_a_tar_file_is_read_where_it_lies(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry], kind: int, long: bool
) -> None:
    held = [*entries, *([("long/" * 40 + "z.png", b"long")] if long and kind != tarfile.USTAR_FORMAT else [])]
    path = write_tar(tmp_path_factory.mktemp("tar") / "a.tar", held, kind=kind)

    assert held == contents(path, list_members(path))


@given(st.lists(st.tuples(member_names, st.floats(0, 2e9)), min_size=1, max_size=6, unique_by=lambda entry: entry[0]))
def test_headers_read_here_say_what_those_read_by_python_say(
    tmp_path_factory: pytest.TempPathFactory, times: list[tuple[str, float]]
) -> None:
    path = tmp_path_factory.mktemp("tar") / "a.tar"
    with tarfile.open(path, "w") as tar:
        for name, time in times:
            made = tarfile.TarInfo(name)
            made.mtime, made.size = time, len(name)  # a fraction of a second becomes a header of its own
            tar.addfile(made, io.BytesIO(b"x" * len(name)))
    with tarfile.open(path) as tar:
        expected = [(one.name, one.offset_data, one.size) for one in tar.getmembers()]

    assert expected == [(one.name, one.offset, one.size) for one in list_members(path).members]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/etc/passwd", "its name leads out of the shard"),
        ("../up.png", "its name leads out of the shard"),
        ("a/../../up.png", "its name leads out of the shard"),
        ("a\\b.png", "its name leads out of the shard"),
        ("a\nb.png", "its name holds characters that cannot be printed"),
        ("a\x1b[2Jb.png", "its name holds characters that cannot be printed"),
        ("n" * 1001, "its name has 1,001 characters"),
    ],
)
def test_a_name_that_is_none_is_refused_and_the_rest_is_read(tmp_path: Path, name: str, reason: str) -> None:
    path = write_tar(tmp_path / "a.tar", [(name, b"x"), ("b.png", b"good")], kind=tarfile.PAX_FORMAT)
    found = list_members(path)

    assert [("b.png", b"good")] == contents(path, found)
    assert [reason] == [told for _, told in found.refused]
    assert all(shown.isprintable() for shown, _ in found.refused)
    assert [path] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (tarfile.SYMTYPE, "is a link"),
        (tarfile.LNKTYPE, "is a link"),
        (tarfile.CHRTYPE, "is no regular file"),
        (tarfile.BLKTYPE, "is no regular file"),
        (tarfile.FIFOTYPE, "is no regular file"),
    ],
)
def test_what_is_no_file_is_refused(tmp_path: Path, kind: bytes, reason: str) -> None:
    path = write_infos(tmp_path / "a.tar", [info("a.png", kind, link="/etc/passwd"), info("d", tarfile.DIRTYPE)])

    assert Listing((), (("a.png", reason),)) == list_members(path)


def test_a_name_that_is_there_twice_is_its_first_file(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", [("a.png", b"first"), ("./a.png", b"second")])
    found = list_members(path)

    assert [("a.png", b"first")] == contents(path, found)
    assert (("a.png", "is there twice; only the first is used"),) == found.refused


@given(st.data())
def test_a_tar_file_that_is_cut_anywhere_is_told_and_never_read_in_part(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    whole = write_tar(folder / "a.tar", [(f"{at}.png", b"x" * 700) for at in range(4)]).read_bytes()
    end = 4 * 3 * 512
    path = write(folder / "b.tar", whole[: data.draw(st.integers(0, end + 511))])

    with pytest.raises(UnreadableData, match=r"b\.tar: is no whole tar file"):
        list_members(path)


@given(st.data())
def test_damage_is_told_or_changes_nothing_that_is_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Bytes are overwritten: whatever happens, the outcome is a listing inside the file, or our own error."""
    folder = tmp_path_factory.mktemp("damaged")
    kind = data.draw(st.sampled_from(FORMATS))
    other = "b.png" if kind == tarfile.USTAR_FORMAT else "ü" * 60 + ".png"
    whole = bytearray(write_tar(folder / "a.tar", [("a.png", b"x" * 700), (other, b"y")], kind=kind).read_bytes())
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=20)):
        whole[at] = byte
    path = write(folder / "b.tar", bytes(whole))
    try:
        found = list_members(path)
    except UnreadableData:
        return

    assert all(0 <= one.offset and one.offset + one.size <= len(whole) for one in found.members)


@pytest.mark.parametrize("at", [0, 130, 1024, 1024 + 134])
def test_a_header_that_does_not_add_up_is_damage_and_no_other_name_or_length(tmp_path: Path, at: int) -> None:
    whole = bytearray(write_tar(tmp_path / "a.tar", [("a.png", b"a"), ("b.png", b"b")]).read_bytes())
    whole[at] ^= 1

    with pytest.raises(UnreadableData, match="is no whole tar file"):
        list_members(write(tmp_path / "b.tar", bytes(whole)))


def test_two_archives_joined_into_one_file_are_told(tmp_path: Path) -> None:
    one = write_tar(tmp_path / "1.tar", [("a.png", b"a")]).read_bytes()
    path = write(tmp_path / "both.tar", one + write_tar(tmp_path / "2.tar", [("b.png", b"b")]).read_bytes())

    with pytest.raises(UnreadableData, match=r"more data stands behind its end at byte 1,024"):
        list_members(path)


def test_a_size_that_the_file_does_not_have_is_told_before_anything_is_read(tmp_path: Path) -> None:
    made = info("a.png", tarfile.REGTYPE)
    made.size = 8 * 2**40
    path = write(tmp_path / "a.tar", made.tobuf(tarfile.GNU_FORMAT) + b"x" * 512)

    with pytest.raises(UnreadableData, match=r"'a.png' would end at byte 8,796,093,022,720, and there are 1,024"):
        list_members(path)


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_a_header_that_would_fill_the_memory_is_not_read(tmp_path: Path, kind: bytes) -> None:
    made = info("long", kind)
    made.size = 2**31
    path = tmp_path / "a.tar"
    with path.open("wb") as file:
        file.write(made.tobuf(tarfile.GNU_FORMAT))
        file.truncate(2**31 + 4096)  # sparse: two gigabytes that take no room
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableData, match=r"a header of 2,147,483,648 bytes"):
            list_members(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 20_000_000


def test_more_members_than_fit_into_memory_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_MEMBERS", 3)
    path = write_tar(tmp_path / "a.tar", [(f"{at}.png", b"") for at in range(4)])

    with pytest.raises(UnreadableData, match=r"has more than 3 members; write several shards of it"):
        list_members(path)


@pytest.mark.parametrize("content", [b"", b"no tar file at all", b"x" * 2000, b"\0" * 100])
def test_what_is_no_tar_file_is_told(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableData, match="is no whole tar file"):
        list_members(write(tmp_path / "a.tar", content))


def test_a_compressed_tar_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    plain = write_tar(tmp_path / "a.tar", [("a.png", b"a")])
    path = write(tmp_path / "b.tar", gzip.compress(plain.read_bytes()))
    with pytest.raises(UnreadableData) as error:
        list_members(path)

    expected = (
        "is compressed, and so cannot be read in any order; unpack it with `gunzip` (pictures are compressed already)"
    )
    assert f"{path}: {expected}" == error.value.message


def test_a_large_listing_is_kept_until_the_shard_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPTUNE_CACHE_DIR", str(tmp_path / "cache"))
    path = write_tar(tmp_path / "a.tar", [(f"{at:05}.png", b"") for at in range(2_500)])
    first = members_of(path)
    (kept,) = (tmp_path / "cache" / "shards").iterdir()
    text = kept.read_text()
    kept.write_text(text.replace("00007.png", "KEPT!.png"))

    assert first == list_members(path)
    assert "KEPT!.png" in {member.name for member in members_of(path).members}
    write_tar(path, [(f"{at:05}.png", b"") for at in range(2_501)])
    assert list_members(path) == members_of(path)
    kept.write_text("{not JSON")
    assert list_members(path) == members_of(path)


def test_a_small_listing_is_not_kept_and_a_cache_that_cannot_be_written_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPTUNE_CACHE_DIR", str(write(tmp_path / "file") / "cache"))
    small = write_tar(tmp_path / "a.tar", [("a.png", b"a")])
    large = write_tar(tmp_path / "b.tar", [(f"{at:05}.png", b"") for at in range(2_500)])

    assert [list_members(small), list_members(large)] == [members_of(small), members_of(large)]
    assert ["a.tar", "b.tar", "file"] == sorted(path.name for path in tmp_path.iterdir())


def test_a_member_of_a_shard_that_was_changed_since_is_told(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", [("a.png", b"first")])
    (member,) = list_members(path).members
    write_tar(path, [("a.png", b"another")])

    with pytest.raises(OSError, match="the shard was changed since it was listed"):
        open_member(path, member.offset, member.size)


@given(st.lists(st.tuples(st.integers(-5, 30), st.integers(0, 2), st.integers(0, 30))))
def test_a_member_behaves_like_a_file_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[int, int, int]]
) -> None:
    content = bytes(range(20))
    path = write_tar(
        tmp_path_factory.mktemp("member") / "a.tar", [("z", b"before"), ("a.png", content), ("b", b"after")]
    )
    member = list_members(path).members[1]
    with open_member(path, member.offset, member.size) as stream, io.BytesIO(content) as plain:
        for offset, whence, count in moves:
            start = (0, plain.tell(), len(content))[whence]
            if start + offset >= 0:
                assert plain.seek(start + offset) == stream.seek(offset, whence)
            assert plain.read(count) == stream.read(count)


def test_members_of_the_oldest_kind_of_tar_file_are_read(tmp_path: Path) -> None:
    path = tmp_path / "old.tar"
    write_tar(path, [("a.txt", b"a dent")])
    header = bytearray(path.read_bytes())
    header[257:512] = bytes(255)  # such headers end behind the name of a link
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])
    path.write_bytes(header)

    assert [("a.txt", b"a dent")] == contents(path, list_members(path))
