"""Texts, Markdown, HTML, PDF, images and clips as sources of rows."""

import gzip
import shutil
import wave
import zipfile

import numpy
import pytest

from collecting import Collect


@pytest.fixture(scope="module")
def collect(built):
    return Collect(built("probe_collect"))


def test_texts(collect, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("one\ntwo\n\n  \nthree\n")
    assert [row["text"] for row in collect(path=path).rows] == ["one\ntwo\n\n  \nthree\n"]
    assert [row["text"] for row in collect(path=path, text_rows="line").rows] == [
        "one", "two", "three"]
    got = collect(path=path, text_rows="paragraph")
    assert [row["text"] for row in got.rows] == ["one\ntwo", "three"]
    assert got.at == [f"{path}:1", f"{path}:5"]


def test_markdown(collect, tmp_path):
    path = tmp_path / "a.md"
    path.write_text("---\ntitle: x\n---\nintro\n\n# One #\na\n```\n# code\n```\n## Two\nb\n#no\n")
    assert collect(path=path).rows[0]["text"].startswith("intro\n")
    got = collect(path=path, text_rows="section")
    assert [row.get("title") for row in got.rows] == [None, "One", "Two"]
    assert got.rows[1]["text"] == "# One #\na\n```\n# code\n```\n"
    assert got.at == [f"{path}:4", f"{path}:6", f"{path}:11"]


PAGE = """<!doctype html><html><head><title>The  title</title><style>p {}</style></head><body>
<header><a href=/>Home</a> Site name</header><nav><ul><li><a href=/a>Menu</a></ul></nav>
<div class="cookie-banner">We use cookies</div>
<article><h1>Headline</h1><p>First <b>bold</b>
 paragraph &amp; more.<p>Second.<ul><li>one<li>two</ul><pre>  kept
    as is</pre><table><tr><td>a<td>b<tr><td>c</table><script>no()</script></article>
<aside>Related</aside><div style="display:none">hidden</div><footer>Copyright</footer>"""


def test_html(collect, tmp_path):
    path = tmp_path / "a.html"
    path.write_text(PAGE)
    row = collect(path=path).rows[0]
    assert row["title"] == "The title"
    assert row["text"] == ("Headline\n\nFirst bold paragraph & more.\n\nSecond.\n\n- one\n- two\n\n"
                           "  kept\n    as is\n\na b\nc")
    path.write_text(PAGE.replace("article", "div"))
    text = collect(path=path).rows[0]["text"]
    assert text.startswith("Headline") and text.endswith("c")


def pdf_of(pages):
    """A PDF of one line a page, written by hand from ISO 32000."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>",
               b"<</Type/Pages/Kids[" + b" ".join(b"%d 0 R" % (4 + 2 * i) for i in range(len(pages)))
               + b"]/Count %d>>" % len(pages),
               b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    for i, words in enumerate(pages):
        stream = b"BT /F1 24 Tf 72 700 Td (" + words.encode() + b") Tj ET"
        objects.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R"
                       b">>>>/Contents %d 0 R>>" % (5 + 2 * i))
        objects.append(b"<</Length %d>>stream\n" % len(stream) + stream + b"\nendstream")
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj" % number + body + b"endobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)


def test_pdf(collect, tmp_path):
    if not shutil.which("pdftotext"):
        pytest.skip("poppler-utils is not installed")
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf_of(["First page", "Second page"]))
    got = collect(path=path)
    assert [row["text"].strip() for row in got.rows] == ["First page", "Second page"]
    assert got.at == [f"{path}:1", f"{path}:2"]
    assert len(collect(path=path, text_rows="file").rows) == 1
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(path, "x.pdf")
    assert len(collect(path=tmp_path / "a.zip").rows) == 2
    for broken, word in ((b"no pdf", "is no PDF"), (b"%PDF-1.4\n" + b"x" * 500, "pdftotext cannot")):
        path.write_bytes(broken)
        assert word in collect(path=path).bad[0]


def idx_of(array):
    kind = {"uint8": 8, "int16": 11, "float32": 13}[array.dtype.name]
    return (bytes([0, 0, kind, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
            + array.astype(array.dtype.newbyteorder(">")).tobytes())


def test_idx_images(collect, tmp_path):
    images = numpy.random.default_rng(1).integers(0, 256, (50, 4, 3), numpy.uint8)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx_of(images)))
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(
        gzip.compress(idx_of(numpy.arange(50, dtype=numpy.uint8) % 10)))
    got = collect(path=tmp_path, labels=[f"class {i}" for i in range(10)])
    assert [row["label"] for row in got.rows] == [f"class {i % 10}" for i in range(50)]
    data = idx_of(images)
    for i, row in enumerate(got.rows):
        assert row["image"]["shape"] == [4, 3] and row["image"]["index"] == i
        at = row["image"]["offset"]
        assert data[at:at + 12] == images[i].tobytes()
    alone = tmp_path / "x-images-idx3-ubyte"
    alone.write_bytes(data[:-1])
    assert "ends within item 50" in collect.refused(path=alone)
    alone.write_bytes(data + b"x")
    assert "more bytes" in collect.refused(path=alone)


def test_clips(collect, tmp_path):
    for speaker, rate, channels in (("anna", 8000, 1), ("ben", 44100, 2)):
        (tmp_path / speaker).mkdir()
        with wave.open(str(tmp_path / speaker / "a.wav"), "wb") as out:
            out.setparams((channels, 2, rate, 0, "NONE", ""))
            out.writeframes(b"\0\0" * channels * 1234)
    got = collect(path=tmp_path)
    assert [row["label"] for row in got.rows] == ["anna", "ben"]
    assert [(row["audio"]["rate"], row["audio"]["channels"], row["audio"]["frames"],
             row["audio"]["bits"]) for row in got.rows] == [(8000, 1, 1234, 16), (44100, 2, 1234, 16)]
    whole = (tmp_path / "ben/a.wav").read_bytes()
    (tmp_path / "ben/a.wav").write_bytes(whole[:-1])
    assert "shorter than its header says" in collect(path=tmp_path / "ben/a.wav").bad[0]


def test_flac_and_idx_of_the_assets(collect, assets):
    got = collect(path=assets / "datasets/audio/whisper/jfk.flac").rows[0]["audio"]
    assert (got["rate"], got["channels"], got["seconds"]) == (44100, 2, 11.0)
    rows = collect(path=assets / "datasets/images/fashion-mnist/t10k-images-idx3-ubyte.gz").rows
    labels = gzip.decompress(
        (assets / "datasets/images/fashion-mnist/t10k-labels-idx1-ubyte.gz").read_bytes())[8:]
    assert [row["label"] for row in rows] == list(labels)
