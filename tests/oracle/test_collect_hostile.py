"""Damaged and hostile files: one sentence each, in bounded memory."""

import gzip
import io
import json
import os
import random
import struct
import zipfile

import pyarrow
import pyarrow.ipc
import pyarrow.parquet
import pytest

from collecting import Collect

MEMORY = 600 << 20  # of address space, libraries included


@pytest.fixture(scope="module")
def collect(built):
    return Collect(built("probe_collect"))


def zeros(path, gigabytes, first=b""):
    """A gzip file of so much, made of one compressed block many times."""
    block = gzip.compress(b"a" * (16 << 20), 9)
    with open(path, "wb") as out:
        out.write(gzip.compress(first))
        for _ in range(gigabytes * 64):
            out.write(block)


@pytest.mark.slow
def test_a_line_of_10_gb(collect, tmp_path):
    sparse = tmp_path / "a.jsonl"
    sparse.write_bytes(b'{"text": "ok"}\n')
    with open(sparse, "ab") as out:
        out.truncate(10 << 30)
    got = collect(memory=MEMORY, path=sparse, timeout=300)
    assert [row["text"] for row in got.rows] == ["ok"]
    assert len(got.bad) == 1 and ":2: the row is longer than 67 MB" in got.bad[0]
    packed = tmp_path / "b.jsonl.gz"
    zeros(packed, 1, b'{"text": "ok"}\n')
    got = collect(memory=MEMORY, path=packed)
    assert "as a bomb does" in got.error
    got = collect(memory=MEMORY, path=packed, max_unpacked_ratio=2000)
    assert len(got.rows) == 1 and "the row is longer than" in got.bad[0]


@pytest.mark.parametrize("name, start", [
    ("a.json", b'[{"text": "ok"}, "'), ("a.csv", b'text\nok\n"lone quote'), ("a.txt", b"x"),
    ("a.html", b"<p>"), ("a.md", b"# x"), ("a.pdf", b"%PDF-1.4")])
def test_other_formats_are_bounded_too(collect, tmp_path, name, start):
    path = tmp_path / name
    path.write_bytes(start)
    with open(path, "ab") as out:
        out.truncate(1 << 30)
    got = collect(memory=MEMORY + (400 << 20 if name == "a.pdf" else 0), path=path)
    assert len(got.rows) <= 1
    assert (len(got.bad) == 1) != (got.error.count("\n") == 0 and got.error != ""), (got.bad, got.error)
    assert any(word in (got.bad + [got.error])[0] + got.error
               for word in ("longer than", "larger than", "cut off")), (got.bad, got.error)


def test_zip_bomb(collect, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(4):
            archive.writestr(f"{i}.jsonl", b"\n" * (64 << 20))
    got = collect(memory=MEMORY, path=path)
    assert "as a bomb does" in got.error
    got = collect(memory=MEMORY, path=path, max_unpacked_ratio=5000, max_unpacked_bytes=100_000_000)
    assert "unpacks to more than 100 MB" in got.error
    # Members that overlap in the file, as in the better bomb.
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 42:at + 46] = struct.pack("<I", 0)
    path.write_bytes(data)
    assert collect(memory=MEMORY, path=path).error.count("\n") == 0


def test_small_offences(collect, tmp_path):
    def bad(name, data, **config):
        path = tmp_path / name
        path.write_bytes(data)
        got = collect(memory=MEMORY, path=path, **config)
        said = got.bad + ([got.error] if got.error else [])
        assert len(said) == 1, said
        return said[0]

    assert "never closed" in bad("a.csv", b'text\n"lone\nx\n')
    assert "lone quote" in bad("a.csv", b'text\nlo"ne\n')
    assert "stands twice in the header" in bad("a.csv", b"a,a\n1,2\n")
    assert "3 columns; 2 were expected" in bad("a.csv", b"text,label\n1,2,3\n")
    assert "is NUL" in bad("a.jsonl", b'{"text": "\0"}\n')
    assert "is NUL" in bad("a.csv", b"text\na\0b\n")
    assert "is NUL" in bad("a.txt", b"a\0b")
    assert "nested deeper than 64" in bad("a.jsonl", b"[" * 100_000 + b"]" * 100_000 + b"\n")
    assert "nested deeper than 64" in bad("a.json", b"[" + b'{"a":' * 70 + b"1" + b"}" * 70 + b"]")
    assert "stands twice" in bad("a.jsonl", b'{"text": "a", "text": "b"}\n')
    assert "0xe9" in bad("a.jsonl", b'{"text": "caf\xe9"}\n')
    assert "UTF-16" in bad("a.jsonl", '{"text": "a"}'.encode("utf-16-le"))
    assert "is not known" in bad("a.jsonl", b"{}", encoding="klingon//IGNORE")
    assert "is cut off in UTF-16LE" in bad("a.txt", b"\xff\xfea\0b")
    assert "cut off" in bad("a.json", b'[{"text": "a"},')
    assert "cut off" in bad("a.json", b'{"data": [{"text": "a"}]')
    assert "text follows" in bad("a.json", b"[] []")
    assert "no array of rows" in bad("a.json", b'"text"')
    assert "an array of rows under" in bad("a.json", b'{"a": [1]}')
    assert "no SQLite file" in bad("a.db", b"x" * 4096, query="SELECT 1 FROM x")
    assert "has no value" in bad("a.json", b'{"a"}')


def test_trailing_comma_is_a_bad_row(collect, tmp_path):
    (tmp_path / "a.json").write_text('[{"text": "a"}, ]')
    got = collect(path=tmp_path / "a.json")
    assert len(got.rows) == 1 and "is empty" in got.bad[0]


def test_folders_that_lead_back(collect, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x.jsonl").write_text('{"text": "t"}\n')
    os.symlink(tmp_path, tmp_path / "a/up")
    assert "leads back" in collect.refused(path=tmp_path)
    os.remove(tmp_path / "a/up")
    os.symlink("self", tmp_path / "a/self")
    assert "leads to itself" in collect.refused(path=tmp_path)
    os.remove(tmp_path / "a/self")
    os.symlink(tmp_path / "a", tmp_path / "b")
    assert len(collect(path=tmp_path).rows) == 2
    os.mkfifo(tmp_path / "a/pipe.jsonl")
    assert len(collect(path=tmp_path).rows) == 2


def damaged(data, pick):
    data = bytearray(data)
    kind = pick.randrange(3)
    if kind == 0:
        return bytes(data[: pick.randrange(len(data))])
    for _ in range(pick.randrange(1, 4)):
        # Footers are where the lies are.
        at = pick.randrange(len(data)) if kind == 1 else len(data) - 1 - pick.randrange(
            min(len(data), 600))
        data[at] = pick.randrange(256)
    return bytes(data)


def samples():
    table = pyarrow.table({"text": [f"row {i}" for i in range(300)], "n": [[i] for i in range(300)]})
    out = io.BytesIO()
    pyarrow.parquet.write_table(table, out, row_group_size=100)
    yield "a.parquet", out.getvalue()
    out = io.BytesIO()
    with pyarrow.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=100)
    yield "a.arrow", out.getvalue()
    out = io.BytesIO()
    with pyarrow.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=100)
    yield "f.arrow", out.getvalue()
    lines = "".join(json.dumps({"text": f"row {i}"}) + "\n" for i in range(300)).encode()
    yield "a.jsonl.gz", gzip.compress(lines)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jsonl", lines)
        archive.writestr("b.jsonl", lines)
    yield "a.zip", out.getvalue()


@pytest.mark.parametrize("name, whole", samples(), ids=lambda given: given if isinstance(given, str)
                         else "")
def test_damaged_files_end_in_a_sentence(collect, tmp_path, name, whole):
    pick = random.Random(name)
    refused = 0
    for _ in range(60):
        path = tmp_path / name
        path.write_bytes(damaged(whole, pick))
        got = collect(memory=4 << 30, path=path, timeout=60)
        assert got.code in (0, 1), (got.code, got.error)
        assert got.error.count("\n") == 0 and (got.code == 0) == (got.error == "")
        refused += got.code
    assert refused > 20


def test_lying_parquet_footer(collect, tmp_path):
    path = tmp_path / "a.parquet"
    whole = dict(samples())["a.parquet"]
    for size in (0, 1, 0x7fffffff, 0xffffffff, len(whole)):
        path.write_bytes(whole[:-8] + struct.pack("<I", size) + b"PAR1")
        assert "damaged or cut off" in collect.refused(path=path)
    path.write_bytes(b"PAR1PAR1")
    assert "damaged or cut off" in collect.refused(path=path)
