"""`fettle prepare` from the outside: whole recipes over the assets, kills, full disks, memory.

Counts are held against Python's own reading of the same files; bytes against an undisturbed run.
"""

import collections
import gzip
import hashlib
import html.parser
import json
import random
import shutil
import signal
import subprocess
import time

import faults
import pytest
from harness.measured import measured


def rows_in(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def written(folder):
    """name: sha256 of every file of a prepared folder."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.iterdir() if path.is_file() and path.name != ".lock"}


def write_recipe(folder, sources, stages, **rest):
    recipe = {"sources": sources, "stages": stages} | rest
    path = folder / "recipe.yaml"
    path.write_text(json.dumps(recipe), encoding="utf-8")
    return path


def prepare(run_fettle, folder, *, output, options=(), code=0, **recipe):
    path = write_recipe(folder, recipe.pop("sources"), recipe.pop("stages", []), **recipe)
    return run_fettle("prepare", path, "--json", "--set", f"output_dir={output}", *options,
                      code=code)


def synthetic(path, count, words=30):
    rng = random.Random(5)
    vocabulary = ["".join(rng.choices("abcdefghijklmnop", k=6)) for _ in range(4000)]
    with path.open("w", encoding="utf-8") as out:
        for i in range(count):
            text = " ".join(rng.choices(vocabulary, k=words))
            out.write(json.dumps({"text": text, "label": "ab"[i % 2]}) + "\n")
            if i % 10 == 0:
                out.write(json.dumps({"text": text, "label": "ab"[i % 2]}) + "\n")
    return path


WANTED = ["repair", "drop_empty", "exact_duplicates", "near_duplicates"]
SPLIT = {"parts": ["train", "validation=0.1", "test=0.1"]}


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


@pytest.fixture(name="killing", scope="module")
def _killing(run_fettle, tmp_path_factory, full):
    """(recipe, undisturbed sums, its seconds) of a run that takes a few seconds."""
    folder = tmp_path_factory.mktemp("killing")
    rows = synthetic(folder / "rows.jsonl", 60000)
    recipe = write_recipe(folder, [{"path": str(rows)}], full, split=SPLIT)
    began = time.monotonic()
    run_fettle("prepare", recipe, "-q", "--set", f"output_dir={folder / 'whole/out'}")
    return recipe, written(folder / "whole/out"), time.monotonic() - began


def kill_and_resume(fettle, killing, folder, moments):
    """The sums of a run that was killed `moments` seconds after each start, then let go on."""
    recipe, _, _ = killing
    out = folder / "out"
    command = [str(fettle), "prepare", str(recipe), "-q", "--set", f"output_dir={out}"]
    for moment in moments:
        resume = ["--resume"] if (out / ".work").exists() else []
        if not resume and (out / "manifest.json").exists():
            break
        process = subprocess.Popen(command + resume, stderr=subprocess.PIPE)
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate()
    done = subprocess.run(command + ["--resume"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return written(out)


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_random_moments_the_same_bytes(fettle, killing, tmp_path, seed):
    rng = random.Random(seed)
    moments = [rng.uniform(0.01, killing[2]) for _ in range(3)]
    assert kill_and_resume(fettle, killing, tmp_path, moments) == killing[1]
    assert not (tmp_path / "out/.work").exists()


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(3, 53))
def test_killed_at_fifty_random_moments_the_same_bytes(fettle, killing, tmp_path, seed):
    rng = random.Random(seed)
    moments = [rng.uniform(0.01, killing[2]) for _ in range(rng.randint(1, 4))]
    assert kill_and_resume(fettle, killing, tmp_path, moments) == killing[1]


@pytest.fixture(name="small", scope="module")
def _small(run_fettle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    rows = synthetic(folder / "rows.jsonl", 300)
    recipe = write_recipe(folder, [{"path": str(rows)}], ["exact_duplicates"], split=SPLIT,
                          output={"num_threads": 1})
    run_fettle("prepare", recipe, "-q", "--set", f"output_dir={folder / 'whole/out'}")
    return recipe, written(folder / "whole/out")


def disturbed_calls(library, fettle, small, tmp_path):
    folder = tmp_path / "counted"
    folder.mkdir()
    return faults.count(library, [fettle, "prepare", small[0], "-q", "--set",
                                  f"output_dir={folder / 'out'}"], folder)


@pytest.mark.parametrize("mode", faults.KILLS + faults.FAILURES)
def test_disturbed_file_calls_leave_a_run_that_resumes(built, fettle, small, tmp_path, mode,
                                                       request):
    library = built("libfettle_fault.so")
    calls = disturbed_calls(library, fettle, small, tmp_path)
    every = request.config.getoption("-m") == "exhaustive"
    chosen = calls if every else random.Random(mode).sample(calls, min(6, len(calls)))
    for call in chosen:
        folder = tmp_path / f"{mode}-{call.number}"
        folder.mkdir()
        command = [fettle, "prepare", small[0], "-q", "--set", f"output_dir={folder / 'out'}"]
        done = faults.run(library, command, folder, call.number, mode)
        if mode in ("enospc", "eio", "full") and done.returncode != 0:
            message = done.stderr.strip()
            assert done.returncode == 1 and message.startswith("fettle: "), message
            assert message.count("\n") == 0 and str(folder) in message, message
        resumed = subprocess.run([*map(str, command), "--resume"], capture_output=True, text=True,
                                 check=False)
        assert resumed.returncode == 0, (call, resumed.stderr)
        assert written(folder / "out") == small[1], call


def test_interrupted_it_says_so_and_goes_on(fettle, killing, tmp_path):
    out = tmp_path / "out"
    command = [str(fettle), "prepare", str(killing[0]), "-q", "--set", f"output_dir={out}"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not (out / ".work/pass-0").exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 75, errors
    assert "--resume" in errors
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 2 and "--resume" in refused.stderr
    assert subprocess.run(command + ["--resume"], check=False).returncode == 0
    assert written(out) == killing[1]


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
