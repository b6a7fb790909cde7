"""Sources of rows beside the readers that others wrote: json, csv, pyarrow, sqlite3, tarfile, ..."""

import bz2
import csv
import datetime
import decimal
import gzip
import io
import json
import lzma
import random
import shutil
import sqlite3
import subprocess
import tarfile
import zipfile

import numpy
import pyarrow
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet
import pytest

from collecting import Collect

ROWS = [{"text": f"row {i}: {'é' * (i % 5)} \"quoted\", a\tb\nnext", "label": f"c{i % 3}", "n": i}
        for i in range(6000)]


@pytest.fixture(scope="module")
def collect(built):
    return Collect(built("probe_collect"))


def json_lines(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def as_csv(rows, delimiter=","):
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys(), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_text(rows):
    return [{key: str(value) for key, value in row.items()} for row in rows]


def test_json_lines(collect, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json_lines(ROWS[:2]) + b"\r\n  \n" + json_lines(ROWS[2:])[:-1])
    got = collect(path=path)
    assert got.rows == ROWS and not got.bad
    assert got.at[0] == f"{path}:1" and got.at[2] == f"{path}:5"


@pytest.mark.parametrize("wrap", [
    "[%s]", "[%s]\n", '{"data": [%s]}', '{"v": {"a": [1, "]}"]}, "rows": [%s], "z": [{}]}',
    '{"data": {"rows": [%s]}}'])
@pytest.mark.parametrize("indent", [None, 2])
def test_json_arrays(collect, tmp_path, wrap, indent):
    path = tmp_path / "a.json"
    path.write_text(wrap % ", ".join(json.dumps(row, indent=indent) for row in ROWS[:300]))
    assert collect(path=path).rows == ROWS[:300]


def test_json_under_another_key_and_lines_under_json(collect, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"data": [1], "examples": ROWS[:5]}))
    assert collect(path=path, rows_key="examples").rows == ROWS[:5]
    path.write_bytes(json_lines(ROWS))
    assert collect(path=path).rows == ROWS
    path.write_text("[]")
    assert collect(path=path).all == []


def test_json_values_equal_pythons(collect, tmp_path):
    """Numbers, escapes and nesting, value by value."""
    pick = random.Random(5)

    def value(depth):
        kind = pick.randrange(9 if depth < 6 else 7)
        if kind == 7:
            return [value(depth + 1) for _ in range(pick.randrange(4))]
        if kind == 8:
            return {f"k{i}é": value(depth + 1) for i in range(pick.randrange(20))}
        return [None, True, False, pick.randrange(-2**63, 2**64), pick.gauss(0, 1e200),
                pick.random() * 10.0**pick.randrange(-320, 300),
                "".join(chr(pick.choice([65, 233, 8364, 128512, 10, 34, 92, 0x7f]))
                        for _ in range(pick.randrange(9)))][kind]

    rows = [{"text": "x", "v": value(0)} for _ in range(2000)]
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(json.dumps(row, ensure_ascii=pick.random() < 0.5).encode() + b"\n"
                              for row in rows))
    assert collect(path=path).rows == rows


@pytest.mark.parametrize("ending, delimiter", [("csv", ","), ("tsv", "\t")])
def test_tables(collect, tmp_path, ending, delimiter):
    path = tmp_path / f"a.{ending}"
    path.write_bytes(as_csv(ROWS, delimiter))
    got = collect(path=path)
    assert got.rows == as_text(ROWS)
    assert got.at[1] == f"{path}:4"  # each row has a line end of its own
    plain = tmp_path / f"b.{ending}"
    plain.write_text(delimiter.join("ab") + "\n" + delimiter.join("cd"))
    assert collect(path=plain, column_names=["text", "label"]).rows == [
        {"text": "a", "label": "b"}, {"text": "c", "label": "d"}]


def test_tables_cut_anywhere_equal_pythons(collect, tmp_path):
    """Quoted separators, quotes and line ends at each place of the 4 MB pieces."""
    pick = random.Random(9)
    rows = [{"text": "".join(pick.choice('ab",\n\r\té') for _ in range(pick.randrange(1, 120))),
             "label": pick.choice("xy")} for _ in range(75_000)]
    path = tmp_path / "a.csv"
    path.write_bytes(as_csv(rows))
    with open(path, newline="", encoding="utf-8") as opened:
        expected = list(csv.DictReader(opened))
    assert collect(path=path).rows == expected == rows


def pack(data, packing):
    if packing == "zst":
        return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE,
                              check=True).stdout
    return {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[packing](data)


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz", "zst"])
def test_packed_files(collect, tmp_path, packing):
    if packing == "zst" and not shutil.which("zstd"):
        pytest.skip("the program zstd is not installed")
    path = tmp_path / f"a.jsonl.{packing}"
    whole = json_lines(ROWS)
    # Two members one after another are one file, as their tools have it.
    path.write_bytes(pack(whole[:100_000], packing) + pack(whole[100_000:], packing))
    assert collect(path=path).rows == ROWS
    packed = path.read_bytes()
    path.write_bytes(packed[:len(packed) // 2])
    assert "ends too early" in collect.refused(path=path)
    path.write_bytes(whole)
    assert "is not compressed" in collect.refused(path=path)


def test_archives(collect, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("in/a.jsonl", json_lines(ROWS[:10]))
        archive.writestr("README.md", "# no rows")
        archive.writestr("../out.jsonl", json_lines(ROWS[10:20]))
        archive.writestr("b.csv", as_csv(ROWS[20:30]))
        archive.writestr("c.parquet", parquet_bytes(ROWS[30:40]))
    got = collect(path=tmp_path / "a.zip")
    assert got.rows == ROWS[:20] + as_text(ROWS[20:30]) + ROWS[30:40]
    assert got.at[0] == f"{tmp_path}/a.zip!in/a.jsonl:1"
    assert sorted(p.name for p in tmp_path.parent.glob("out*")) == []
    assert collect(path=tmp_path / "a.zip", files=["in/*"]).rows == ROWS[:10]
    for ending, mode in (("tar", "w"), ("tar.gz", "w:gz"), ("tgz", "w:gz"), ("tar.xz", "w:xz")):
        path = tmp_path / f"a.{ending}"
        with tarfile.open(path, mode) as archive:
            for name, data in (("x/a.jsonl", json_lines(ROWS)), ("x/b.json", b"[]")):
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
        assert collect(path=path).rows == ROWS


def parquet_bytes(rows, **options):
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), out, **options)
    return out.getvalue()


def rich_table(count):
    """A column of each type that Arrow files of rows have."""
    numbers = numpy.arange(count)
    return pyarrow.table({
        "text": pyarrow.array([f"t{i}é" if i % 7 else None for i in range(count)]),
        "large": pyarrow.array([f"l{i}" for i in range(count)], pyarrow.large_string()),
        "i8": pyarrow.array(numbers % 100, pyarrow.int8()),
        "u64": pyarrow.array([2**63 + i for i in range(count)], pyarrow.uint64()),
        "f32": pyarrow.array(numbers / 4, pyarrow.float32()),
        "f64": pyarrow.array(numbers / 3),
        "flag": pyarrow.array(numbers % 2 == 0),
        "list": pyarrow.array([[i, None, i + 1][: i % 4] for i in range(count)]),
        "messages_": pyarrow.array([[{"role": "user", "content": str(i)}] for i in range(count)]),
        "map": pyarrow.array([[("a", i)] for i in range(count)],
                             pyarrow.map_(pyarrow.string(), pyarrow.int64())),
        "fixed": pyarrow.array([[i, i + 1] for i in range(count)],
                               pyarrow.list_(pyarrow.int32(), 2)),
        "words": pyarrow.array([f"w{i % 3}" for i in range(count)]).dictionary_encode(),
        "day": pyarrow.array([datetime.date(2020, 1, 1 + i % 28) for i in range(count)]),
        "price": pyarrow.array([decimal.Decimal(i) / 4 for i in range(count)],
                               pyarrow.decimal128(12, 2)),
        "nothing": pyarrow.nulls(count),
    })


def expected_of(table):
    rows = table.to_pylist()
    for row in rows:
        row["day"] = row["day"].isoformat()
        row["price"] = str(row["price"])
        row["map"] = [{"key": key, "value": value} for key, value in row["map"]]
    return rows


@pytest.mark.parametrize("codec", ["none", "snappy", "zstd", "gzip", "brotli", "lz4"])
def test_parquet(collect, tmp_path, codec):
    table = rich_table(5000)
    path = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(table, path, compression=codec, row_group_size=1300)
    assert collect(path=path, row_form="other").rows == expected_of(table)


def test_arrow_files(collect, tmp_path):
    table = rich_table(5000)
    for name, writer in (("stream.arrow", pyarrow.ipc.new_stream), ("file.arrow", pyarrow.ipc.new_file)):
        with writer(tmp_path / name, table.schema) as out:
            out.write_table(table, max_chunksize=700)
        assert collect(path=tmp_path / name, row_form="other").rows == expected_of(table)
    pyarrow.feather.write_feather(table, tmp_path / "a.feather", compression="lz4")
    assert collect(path=tmp_path / "a.feather", row_form="other").rows == expected_of(table)


def test_class_labels_of_hugging_face(collect, tmp_path):
    features = {"info": {"features": {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"},
                                      "text": {"dtype": "string", "_type": "Value"}}}}
    table = pyarrow.table({"text": ["a", "b"], "label": [1, 0]}).replace_schema_metadata(
        {"huggingface": json.dumps(features)})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    assert [row["label"] for row in collect(path=tmp_path / "a.parquet").rows] == ["pos", "neg"]


def test_sqlite(collect, tmp_path):
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE rows (text TEXT, label TEXT, n INTEGER, x REAL)")
        base.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)",
                         [(row["text"], row["label"], row["n"], row["n"] / 3) for row in ROWS])
    query = "SELECT text, label, n, x, NULL AS missing FROM rows WHERE n % 2 = 0 ORDER BY n DESC"
    base = sqlite3.connect(path)
    base.row_factory = sqlite3.Row
    expected = [dict(row) for row in base.execute(query)]
    before = path.read_bytes()
    assert collect(path=path, query=query).rows == expected
    for bad, word in (("", "the tables are: rows"), ("SELECT 1; SELECT 2", "more than one statement"),
                      ("DELETE FROM rows", "more than to look"), ("SELECT nope FROM rows", "nope"),
                      ("ATTACH 'x.db' AS x", "more than to look"),
                      ("SELECT n, n FROM rows", "two columns")):
        assert word in collect.refused(path=path, query=bad), bad
    assert path.read_bytes() == before and not (tmp_path / "x.db").exists()
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c"
    assert "timeout_seconds" in collect.refused(path=path, query=endless, timeout_seconds=1)


def test_resumed_anywhere(collect, tmp_path):
    """The rows of two runs are those of one, whatever the source and the piece."""
    many = [{**row, "text": row["text"] + "x" * 3000} for row in ROWS[:3500]]
    (tmp_path / "a.jsonl").write_bytes(json_lines(many))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(json_lines(many), 1))
    (tmp_path / "a.json").write_text('{"data": ' + json.dumps(many) + "}")
    (tmp_path / "a.csv").write_bytes(as_csv(many))
    (tmp_path / "a.parquet").write_bytes(parquet_bytes(many, row_group_size=1500))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("a.jsonl", "a.csv", "a.parquet"):
            archive.write(tmp_path / name, name)
    with sqlite3.connect(tmp_path / "a.db") as base:
        base.execute("CREATE TABLE rows (text, label)")
        base.executemany("INSERT INTO rows VALUES (:text, :label)", ROWS)
    for name in ("a.jsonl", "a.jsonl.gz", "a.json", "a.csv", "a.parquet", "a.zip", "a.db"):
        config = {"path": str(tmp_path / name)}
        if name == "a.db":
            config["query"] = "SELECT * FROM rows"
        whole = collect(**config).all
        for pieces in (1, 3):
            assert collect.resumed(pieces, **config) == whole, (name, pieces)


def test_resuming_another_file_is_refused(collect, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(json_lines(ROWS * 20))
    place = json.loads(collect.run({"path": path}, "stop", "1").stdout.splitlines()[-1])["place"]
    path.write_bytes(json_lines(ROWS))
    done = collect.run({"path": path}, "resume", place)
    assert done.returncode == 1 and "start the run anew" in done.stderr
    done = collect.run({"path": path}, "resume", '{"x": 1}')
    assert done.returncode == 1 and "none of this source" in done.stderr


def test_max_rows(collect, tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"\n" + json_lines(ROWS))
    (tmp_path / "a.json").write_text(json.dumps(ROWS))
    (tmp_path / "a.csv").write_bytes(as_csv(ROWS))
    (tmp_path / "a.parquet").write_bytes(parquet_bytes(ROWS))
    for name in ("a.jsonl", "a.json", "a.parquet"):
        assert collect(path=tmp_path / name, max_rows=7).rows == ROWS[:7], name
    assert collect(path=tmp_path / "a.csv", max_rows=7).rows == as_text(ROWS[:7])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "latin1", "windows-1252"])
def test_encodings(collect, tmp_path, encoding):
    rows = [{"text": f"grüße {i} " + "ä" * 1500} for i in range(4000)]
    data = json_lines(rows).decode().encode(encoding)
    mark = {"utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    path = tmp_path / "a.jsonl"
    path.write_bytes(mark + data)
    stated = {} if encoding.startswith("utf") else {"encoding": encoding}
    assert collect(path=path, **stated).rows == rows
    if stated:
        got = collect(path=path)
        assert len(got.bad) == 4000 and "is not UTF-8" in got.bad[0] and "encoding" in got.bad[0]
    assert collect.resumed(1, path=str(path), **stated) == collect(path=path, **stated).all


def test_folders_and_patterns(collect, tmp_path):
    for name, part in (("b/x.jsonl", ROWS[:5]), ("a.jsonl", ROWS[5:9]), ("b/c/y.jsonl", ROWS[9:12])):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(json_lines(part))
    (tmp_path / ".hidden.jsonl").write_text("no")
    (tmp_path / "LICENSE").write_text("Permission is hereby granted, free\nof charge, to any")
    (tmp_path / "notes.xyz").write_text("no")
    assert collect(path=tmp_path).rows == ROWS[5:9] + ROWS[9:12] + ROWS[:5]
    assert collect(path=f"{tmp_path}/b/**/*.jsonl").rows == ROWS[9:12] + ROWS[:5]
    assert collect(path=f"{tmp_path}/b/*.jsonl").rows == ROWS[:5]
    assert collect(path=f"{tmp_path}/[a-a].json?").rows == ROWS[5:9]
    assert collect(path=tmp_path, files=["b/**"]).rows == ROWS[9:12] + ROWS[:5]
    said = collect.describe(path=tmp_path)
    assert said["licence"] == "MIT (LICENSE)" and said["origin"] == "unknown" and said["files"] == 3
    assert "no file matches" in collect.refused(path=f"{tmp_path}/*.csv")
    assert "did you mean" in collect.refused(path=tmp_path / "a.jsnl")


def test_patterns_that_match_nothing_are_told(collect, tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.jsonl").write_text('{"text": "a"}\n')
    assert "**/* goes below it" in collect.refused(path=tmp_path, files=["*.jsonl"])


def test_sha256_of_a_file(collect, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(json_lines(ROWS[:3]))
    import hashlib
    good = hashlib.sha256(path.read_bytes()).hexdigest()
    assert collect(path=path, sha256=good.upper()).rows == ROWS[:3]
    assert good in collect.refused(path=path, sha256="0" * 64)


def test_wordnet(collect):
    if not shutil.which("true") or not __import__("os").path.exists("/usr/share/wordnet/data.noun"):
        pytest.skip("wordnet-base is not installed")
    rows = collect(path="wordnet", max_rows=3000).rows
    assert len(rows) == 3000 and {"text", "label"} == set(rows[0])
