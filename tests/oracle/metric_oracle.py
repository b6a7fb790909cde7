"""What the tests of metrics share: the probe, the table of differences, and texts to score.

FETTLE_PROBE_METRIC  the program that is judged (default: probe_metric of the build folder)
"""

import gzip
import json
import math
import os
import random
import subprocess

import pytest

TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def probe(built):
    """probe(requests): one answer for each request, from one process."""
    program = os.environ.get("FETTLE_PROBE_METRIC") or built("probe_metric")

    def ask(requests):
        lines = "".join(json.dumps(request) + "\n" for request in requests)
        done = subprocess.run([str(program)], input=lines, capture_output=True, text=True,
                              timeout=600, check=True)
        answers = [json.loads(line) for line in done.stdout.split("\n") if line]
        assert len(answers) == len(requests)
        return answers

    return ask


class Differences:
    """metric x oracle x vectors x largest difference, filled by check()."""

    def __init__(self):
        self.rows = {}

    def check(self, metric, oracle, ours, theirs, where):
        """|ours - theirs| <= 1e-9; None is the probe's NaN."""
        theirs = float(theirs)
        row = self.rows.setdefault((metric, oracle), [0, 0.0])
        row[0] += 1
        if math.isnan(theirs):
            assert ours is None, f"{metric} {where}: {ours}, {oracle} has none"
            return
        assert ours is not None, f"{metric} {where}: none, {oracle} has {theirs}"
        difference = abs(ours - theirs)
        assert difference <= TOLERANCE, f"{metric} {where}: {ours}, {oracle} has {theirs}"
        row[1] = max(row[1], difference)

    def table(self):
        lines = ["| metric | oracle | vectors | largest difference |", "|---|---|---|---|"]
        lines += [f"| {metric} | {oracle} | {count} | {largest:.1e} |"
                  for (metric, oracle), (count, largest) in sorted(self.rows.items())]
        return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def differences(request, built):
    """The module's table; written beside the probe as metrics-<module>.md and printed under -s."""
    table = Differences()
    yield table
    if table.rows:
        name = request.module.__name__.removeprefix("test_")
        path = built("probe_metric").with_name(f"{name}.md")
        path.write_text(table.table(), encoding="utf-8")
        print(f"\n{table.table()}")


def score(name, columns, **options):
    """A request for one figure of the table of metrics."""
    return {"metric": "score", "name": name, "columns": columns, "options": options}


PIECES = ["the", "The", "cat", "cats", "sat", "on", "a", "mat", "running", "ran", "happy", "dogs",
          "is", "is", "was", "quickly", "1,000.5", "3.14", "2020.", "don't", "U.S.A.", "e-mail",
          "\u00c9t\u00e9", "\u039f\u0394\u039f\u03a3", "\u4f60\u597d", "\u4e16\u754c\u3002",
          "\u3053\u3093", "\u30ab\u30bf", "\U0001f600", "\u0627\u0644", "a\u0301", "\u00bd",
          "\u0661\u0662", "\u201cquoted\u201d", "(x)", "[y]", "<z>", "&amp;", "&quot;", "&lt;",
          "$5", "50%", "\u20ac9", "a_b", "x=y", "--", "...", "?!", ",", ".", "-", "'s", "1-2", "a-\n",
          "<skipped>", "\u2019s", "\u00abils\u00bb", "\uff0c", "\uff41", "\u3000", "\u2028", "x\u200by"]
GAPS = [" "] * 12 + ["", "  ", "\t", "\n", "\u00a0"]


def phrase(rng, longest=14):
    """A text of pieces that tokenisers treat differently."""
    count = rng.choice([0, 1, 2, 3, 5, 8, longest])
    return "".join(rng.choice(PIECES) + rng.choice(GAPS) for _ in range(count))


def disturbed(rng, text):
    """The text with words dropped, doubled, exchanged or moved."""
    words = text.split(" ")
    for _ in range(rng.randrange(4)):
        at = rng.randrange(len(words))
        kind = rng.randrange(5)
        if kind == 0:
            words[at] = rng.choice(PIECES)
        elif kind == 1 and len(words) > 1:
            words.pop(at)
        elif kind == 2:
            words.insert(at, words[at])
        elif kind == 3:
            words.insert(rng.randrange(len(words)), words.pop(at))
        else:
            words = words[at:] + words[:at]
    return " ".join(words)


def text_rows(seed, count, references=3):
    """(answer, its references): empty, equal, near and unrelated texts."""
    rng = random.Random(seed)
    rows = [("", [""]), ("x", [""]), ("", ["x"]), ("same", ["same"]), ("the the the", ["the cat"])]
    while len(rows) < count:
        right = [phrase(rng) for _ in range(rng.randint(1, references))]
        answer = disturbed(rng, rng.choice(right)) if rng.random() < 0.8 else phrase(rng)
        rows.append((answer, right))
    return rows


def real_pairs(assets, count):
    """(answer, [reference]): captions of Multi30k against the caption of the next picture that
    shares a word, and French against English."""
    folder = assets / "datasets" / "multi30k"
    texts = {}
    for language in ("en", "fr"):
        with gzip.open(folder / f"test_2016_flickr.{language}.gz", "rt", encoding="utf-8") as file:
            texts[language] = file.read().splitlines()
    rng = random.Random(7)
    rows = []
    for i in range(count):
        english = texts["en"][i]
        rows.append((disturbed(rng, english), [english, texts["en"][(i + 1) % 1000]]))
        if i % 4 == 0:
            rows.append((texts["fr"][i], [disturbed(rng, texts["fr"][i])]))
    return rows
