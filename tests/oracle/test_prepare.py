"""`fettle prepare` from the outside: whole recipes over the assets, counts, plans, reports, memory.

Counts are held against Python's own reading of the same files.
"""

import collections
import gzip
import html.parser
import json
import random
import shutil

import pytest
from harness.measured import measured
from preparing import SPLIT, WANTED, prepare, rows_in, synthetic, write_recipe, written


@pytest.fixture(name="known", scope="module")
def _known(run_fettle):
    """The names of the stages that the program was built with."""
    return {stage["name"] for stage in json.loads(run_fettle("show", "stages", "--json").stdout)}


@pytest.fixture(name="full", scope="module")
def _full(known):
    return [stage for stage in WANTED if stage in known]


def test_alpaca_and_preferences_through_a_full_recipe(run_fettle, assets, tmp_path, full):
    demo = assets / "datasets/llamafactory-demo"
    sources = [{"path": str(assets / "datasets/alpaca/alpaca_2k.json.gz"), "name": "alpaca",
                "licence": "CC-BY-NC-4.0", "origin": "stanford"},
               {"path": str(tmp_path / "dpo_en_demo.json.gz"), "name": "preferences"}]
    shutil.copy(demo / "dpo_en_demo.json.gz", tmp_path)  # away from what states its licence
    out = tmp_path / "out"
    manifest = json.loads(prepare(run_fettle, tmp_path, output=out, sources=sources, stages=full,
                                  split=SPLIT).stdout)
    given = [json.loads(gzip.open(source["path"]).read()) for source in sources]
    assert [source["rows_read"] for source in manifest["sources"]] == list(map(len, given))
    explained = rows_in(out / "explained.jsonl")
    dropped = [line for line in explained if line["action"] == "dropped"]
    parts = {part: rows_in(out / f"{part}.jsonl") for part in ("train", "validation", "test")}
    assert sum(map(len, parts.values())) + len(dropped) == sum(map(len, given))
    # Every row dropped by a stage is counted under its reason.
    counted = collections.Counter((line["stage"], line["reason"]) for line in dropped)
    told = {(stage["name"], reason): count for stage in manifest["stages"]
            for reason, count in stage["drop_reasons"].items()}
    assert counted == told
    # No row stands in two parts, and what is in them was given.
    answers = {row["output"] for row in given[0]}
    texts = [json.dumps(row, sort_keys=True) for rows in parts.values() for row in rows]
    assert len(texts) == len(set(texts))
    assert sum(row.get("output") in answers for rows in parts.values() for row in rows) > 1000
    assert any("chosen" in row for rows in parts.values() for row in rows)
    for file in manifest["outputs"]:
        assert file["rows"] == len(parts[file["part"]])
        assert file["bytes"] == (out / file["file"]).stat().st_size
    assert any("licence is unknown" in one for one in manifest["warnings"])


def test_conversations_with_tool_calls_are_kept_and_cleaned(run_fettle, assets, tmp_path):
    """A turn that only calls a tool is no empty answer; what it passes on is masked too."""
    source = assets / "datasets/llamafactory-demo/glaive_toolcall_en_demo.json.gz"
    given = json.loads(gzip.open(source).read())
    calling = sum(any(turn["from"] == "function_call" for turn in row["conversations"])
                  for row in given)
    addresses = [turn["value"] for row in given for turn in row["conversations"]
                 if turn["from"] == "function_call" and "@" in turn["value"]]
    assert calling > 100 and addresses
    out = tmp_path / "out"
    prepare(run_fettle, tmp_path, output=out, sources=[{"path": str(source)}],
            stages=["answers", "personal_data"])
    rows = [row["messages"] for row in rows_in(out / "train.jsonl")]
    calls = [call["function"]["arguments"] for row in rows for message in row
             for call in message.get("tool_calls", [])]
    assert sum(any("tool_calls" in message for message in row) for row in rows) > 0.9 * calling
    text = json.dumps(calls)
    assert "[EMAIL_ADDRESS]" in text and "@" not in text
    reasons = {line["reason"] for line in rows_in(out / "explained.jsonl")}
    assert "empty answer" not in reasons


def test_sst2_keeps_its_classes_in_every_part(run_fettle, assets, tmp_path, known):
    if "resample" not in known:
        pytest.skip("this program was built without the stages of data/balance/")
    source = {"path": str(assets / "datasets/sst2/train.tsv.gz"), "column_names": ["text", "label"],
              "labels": ["negative", "positive"]}
    out = tmp_path / "out"
    manifest = json.loads(prepare(run_fettle, tmp_path, output=out, sources=[source],
                                  stages=["exact_duplicates"],
                                  split=SPLIT | {"stratify_by": "label"}).stdout)
    with gzip.open(source["path"], "rt", encoding="utf-8") as file:
        given = [line.rstrip("\n").split("\t") for line in file]
    labels = collections.Counter(("negative", "positive")[int(label)] for _, label in given)
    assert manifest["before"]["labels"] == labels
    after = manifest["after"]["labels"]
    for part in ("train", "validation", "test"):
        counts = collections.Counter(row["label"] for row in rows_in(out / f"{part}.jsonl"))
        share = counts["positive"] / counts.total()
        assert share == pytest.approx(after["positive"] / sum(after.values()), abs=0.01)


def test_multi30k_text_lines(run_fettle, assets, tmp_path):
    source = {"path": str(assets / "datasets/multi30k/train.de.gz"), "format": "text",
              "text_rows": "line"}
    out = tmp_path / "out"
    manifest = json.loads(prepare(run_fettle, tmp_path, output=out, sources=[source],
                                  stages=["exact_duplicates"]).stdout)
    with gzip.open(source["path"], "rt", encoding="utf-8") as file:
        given = [line.strip() for line in file]
    assert manifest["before"]["rows"] == len(given)
    assert manifest["stages"][0]["dropped"] == 0
    assert [row["text"] for row in rows_in(out / "train.jsonl")][:50] == given[:50]


def test_threads_change_no_byte(run_fettle, tmp_path, full):
    rows = synthetic(tmp_path / "rows.jsonl", 20000)
    seen = []
    for threads in (1, 4):
        out = tmp_path / f"out-{threads}"
        prepare(run_fettle, tmp_path, output=out, sources=[{"path": str(rows)}], stages=full,
                split=SPLIT, options=["--set", f"num_threads={threads}"])
        seen.append({name: sum_ for name, sum_ in written(out).items()
                     if name not in ("README.md", "report.html")})
    assert seen[0] == seen[1]


def test_times_of_stages_are_told_and_not_written(run_fettle, tmp_path, full):
    rows = synthetic(tmp_path / "rows.jsonl", 2000)
    out = tmp_path / "out"
    told = json.loads(prepare(run_fettle, tmp_path, output=out, sources=[{"path": str(rows)}],
                              stages=full).stdout)
    assert all(stage["seconds"] > 0 for stage in told["stages"]) and told["own_seconds"] > 0
    kept = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert not any("seconds" in key for part in [kept, *kept["stages"]] for key in part)
    shown = run_fettle("prepare", tmp_path / "recipe.yaml", "--overwrite", "--set",
                       f"output_dir={out}").stdout.splitlines()
    assert shown[0].split()[-1] == "seconds" and float(shown[1].split()[-1]) >= 0


def test_memory_stays_below_its_limit(fettle, tmp_path):
    rows, text = tmp_path / "rows.jsonl", " ".join(f"word{i}" for i in range(100))
    with rows.open("w", encoding="utf-8") as out:
        for i in range(560000):
            out.write(f'{{"id":{i},"text":"{text}"}}\n')
    assert rows.stat().st_size > 380e6
    recipe = write_recipe(tmp_path, [{"path": str(rows)}], ["drop_empty"],
                          output={"max_memory_gb": 0.25, "num_threads": 2})
    _, peak, code, _ = measured([fettle, "prepare", recipe, "-q", "--set",
                                 f"output_dir={tmp_path / 'out'}"])
    assert code == 0 and peak < 250e6


def test_a_text_file_that_cannot_be_parted_is_told_how_to_cut_it(run_fettle, tmp_path):
    words = tmp_path / "book.txt"
    words.write_text("One line.\nAnother line.\nA third one.\n")
    for cut, code in ({}, 1), ({"text_rows": "line"}, 0):
        done = prepare(run_fettle, tmp_path, output=tmp_path / f"out{code}", code=code,
                       sources=[{"path": str(words)} | cut], split={"parts": ["train", "test=0.3"]})
        assert ("text_rows says line or paragraph" in done.stderr) == bool(code)


def test_problems_of_a_recipe_come_all_at_once(run_fettle, tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text("sources:\n  - {pth: x}\nstages:\n  - exact_duplicate\n"
                    "output: {seed: -1}\n", encoding="utf-8")
    done = run_fettle("prepare", path, code=2)
    assert done.stderr.count("r.yaml:") >= 3
    assert 'did you mean "path"' in done.stderr
    assert "exact_duplicates" in done.stderr
    assert "seed" in done.stderr


def test_plan_counts_on_a_sample_and_writes_nothing(run_fettle, tmp_path, full):
    rows = synthetic(tmp_path / "rows.jsonl", 5000)
    recipe = write_recipe(tmp_path, [{"path": str(rows)}], full, split=SPLIT)
    out = tmp_path / "out"
    plan = json.loads(run_fettle("prepare", recipe, "--plan", "--json", "--set",
                                 f"output_dir={out}").stdout)
    assert plan["stages"][0]["in"] == 2000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["recipe.yaml", "rows.jsonl"]


def test_dropped_rows_are_listed_with_their_reasons(run_fettle, tmp_path):
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text": "one two three"}\nno json\n{"text": "one two three"}\n' +
                    '{"text": "another row of words"}\n', encoding="utf-8")
    prepare(run_fettle, tmp_path, output=tmp_path / "out", sources=[{"path": str(rows)}],
            stages=["exact_duplicates"], options=["--set", "max_bad_share=0.5"])
    listed = [json.loads(line) for line in run_fettle(
        "show", "data", tmp_path / "out", "--dropped", "--json").stdout.splitlines()]
    assert [(line["line"], line["stage"]) for line in listed] == [(2, "read"),
                                                                 (3, "exact_duplicates")]
    shown = run_fettle("show", "data", tmp_path / "out", "--dropped", "--stage", "read").stdout
    assert "rows.jsonl:2: read dropped: malformed" in shown


def test_too_many_malformed_rows_stop_the_run(run_fettle, tmp_path):
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text": "a"}\n' + "nonsense\n" * 9, encoding="utf-8")
    done = prepare(run_fettle, tmp_path, output=tmp_path / "out", sources=[{"path": str(rows)}],
                   code=1)
    assert "max_bad_share" in done.stderr
    # The sentence of one of them says what to do about it, in the plan too.
    assert f"{rows}:2: " in done.stderr
    path = write_recipe(tmp_path, [{"path": str(rows)}], [], output={"output_dir": "out"})
    assert f"the first malformed row: {rows}:2: " in run_fettle("prepare", path, "--plan").stdout


@pytest.mark.parametrize("parting", [{"split": {"parts": ["train", "validation=0.3"]}},
                                     {"stages": [{"folds": {"folds": 4}}]}], ids=["split", "folds"])
def test_near_duplicates_stand_on_one_side(run_fettle, tmp_path, parting):
    """Held against the true similarity of every pair; without the stage the report warns."""
    rng = random.Random(3)
    rows = tmp_path / "rows.jsonl"
    with rows.open("w", encoding="utf-8") as file:
        for family in range(60):
            words = [f"w{rng.randrange(900)}" for _ in range(40)]
            for member in range(1 + family % 4):
                words[39] = f"end{member}"
                file.write(json.dumps({"text": " ".join(words)}) + "\n")
    steps, rest = parting.get("stages", []), {k: v for k, v in parting.items() if k != "stages"}
    warned = []
    for grouped in (False, True):
        out = tmp_path / f"out{grouped}"
        stages = [{"near_duplicates": {"action": "group"}}] * grouped + steps
        manifest = json.loads(prepare(run_fettle, tmp_path, output=out, stages=stages,
                                      sources=[{"path": str(rows)}], **rest).stdout)
        warned.append(any("on both sides" in one for one in manifest["warnings"]))
        parts = [[set(zip(*(row["text"].split()[i:] for i in range(5))))
                  for row in rows_in(out / file["file"])] for file in manifest["outputs"]]
        crossing = sum(len(a & b) >= 0.8 * len(a | b) for n, one in enumerate(parts)
                       for other in parts[n + 1:] for a in one for b in other)
        assert (crossing == 0) == grouped, crossing
        assert sum(map(len, parts)) == 150
    assert warned == [True, False]


def test_training_names_a_prepared_folder_to_the_byte(run_fettle, tmp_path):
    rows = synthetic(tmp_path / "rows.jsonl", 500)
    out = tmp_path / "out"
    prepare(run_fettle, tmp_path, output=out, sources=[{"path": str(rows)}],
            stages=["exact_duplicates"], split=SPLIT)
    recipe = tmp_path / "train.yaml"
    recipe.write_text(f"model: {{model_name_or_path: none}}\ndata: {{dataset: {out}, "
                      f"eval_dataset: {out}}}\n", encoding="utf-8")
    shown = run_fettle("show", "data", recipe).stdout
    train, held = len(rows_in(out / "train.jsonl")), len(rows_in(out / "validation.jsonl"))
    assert f"{train} rows to train on, {held} held out" in shown
    with (out / "train.jsonl").open("r+b") as file:
        file.seek(20)
        file.write(b"X")
    done = run_fettle("show", "data", recipe, code=1)
    assert "is not the file that" in done.stderr


class Page(html.parser.HTMLParser):
    """What a page reaches for, and which tags it opens."""

    def __init__(self, source):
        super().__init__()
        self.tags = collections.Counter()
        self.links = []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.links += [value for name, value in attrs if name in ("src", "href", "srcset")]


def test_the_report_needs_no_network_and_holds_no_markup_of_rows(run_fettle, tmp_path):
    rows = tmp_path / "rows.jsonl"
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    with rows.open("w", encoding="utf-8") as out:
        for i in range(300):
            out.write(json.dumps({"text": f"{evil} word{i % 7} and word{i}", "label": evil}) + "\n")
    prepare(run_fettle, tmp_path, output=tmp_path / "out",
            sources=[{"path": str(rows), "name": evil, "licence": evil}], stages=[])
    page = Page((tmp_path / "out/report.html").read_text(encoding="utf-8"))
    assert page.tags["svg"] >= 3 and not page.links
    assert page.tags["script"] == 0 and page.tags["img"] == 0
    card = (tmp_path / "out/README.md").read_text(encoding="utf-8")
    assert "<script>" not in card.split("---\n", 2)[2]


@pytest.mark.parametrize("name,source", [
    ("chat", "alpaca/alpaca_2k.json.gz"), ("classification", "sst2/train.tsv.gz"),
    ("web", "llamafactory-demo/c4_demo.jsonl.gz")])
def test_the_recipes_run(run_fettle, assets, root, tmp_path, known, name, source):
    if not {"repair", "near_duplicates", "resample"} <= known:
        pytest.skip("this program was built without the stages of data/clean/, match/, balance/")
    out = tmp_path / "out"
    path = assets / "datasets" / source
    manifest = json.loads(run_fettle(
        "prepare", root / f"recipes/prepare-{name}.yaml", "--json", "--set", f"output_dir={out}",
        "--set", f"sources.0.path={path}").stdout)
    assert manifest["after"]["rows"] > 0
    assert {file["part"] for file in manifest["outputs"]} >= {"train", "validation"}


HOSTILE = {
    "deep": (b'{"text": ' + b"[" * 100000 + b"]" * 100000 + b"}\n", 1),
    "nul": (b'{"text": "a\x00b"}\n', 1),
    "not-utf8": (b'{"text": "\xff\xfe"}\n', 1),
    "half": (b'{"text": "abc', 1),
    "array": (b"[1, 2, 3]\n", 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_rows_are_explained_and_the_others_kept(run_fettle, tmp_path, name):
    bad, count = HOSTILE[name]
    rows = tmp_path / "rows.jsonl"
    rows.write_bytes(b'{"text": "good"}\n' + bad)
    manifest = json.loads(prepare(
        run_fettle, tmp_path, output=tmp_path / "out", sources=[{"path": str(rows)}],
        options=["--set", "max_bad_share=0.5"]).stdout)
    assert manifest["stages"][0]["dropped"] == count
    assert rows_in(tmp_path / "out/train.jsonl") == [{"text": "good"}]
    assert len(rows_in(tmp_path / "out/explained.jsonl")[0]["detail"]) > 10


def test_a_folder_of_other_files_is_never_emptied(run_fettle, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.tex").write_text("years of work", encoding="utf-8")
    rows = synthetic(tmp_path / "rows.jsonl", 10)
    done = prepare(run_fettle, tmp_path, output=out, sources=[{"path": str(rows)}],
                   options=["--overwrite"], code=2)
    assert "thesis.tex" in done.stderr
    assert (out / "thesis.tex").read_text(encoding="utf-8") == "years of work"
