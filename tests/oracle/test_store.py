"""The list of runs: everything lands in it, names find it again, and nothing it does stops a run."""

import json
import os
import shutil
import sqlite3

import pytest
from safetensors.torch import load_file, save_file
from test_compare import judged  # noqa: F401 (two judged models)
from tiny_jobs import chat_rows, make_base, make_job, write_rows


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def job(run_fettle, base, tmp_path, monkeypatch):
    monkeypatch.setenv("FETTLE_STORE", "")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    rows = write_rows(tmp_path / "eval.jsonl", chat_rows(6, seed=3))
    return make_job(run_fettle, tmp_path, base, chat_rows(12), max_steps=4,
                    eval_dataset=[str(rows)], eval_strategy="steps", eval_steps=2,
                    metrics=["loss", "exact_match"], before_training=True, after_training=True,
                    max_new_tokens=2, num_threads=1)


def listed(run_fettle, *options):
    return json.loads(run_fettle("show", "runs", "--json", *options).stdout)


def test_a_training_run_is_found_by_its_name(run_fettle, job, tmp_path):
    run = job.train(output_dir=str(tmp_path / "mine"))
    with sqlite3.connect(tmp_path / "data" / "fettle" / "runs.db") as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert database.execute("SELECT name, state FROM runs").fetchall() == [("mine", "done")]
    (one,) = listed(run_fettle)
    assert one["folder"] == str(run) and one["kind"] == "train" and one["seed"] == 7
    for part in ("before", "after"):
        told = json.loads((run / "eval" / f"{part}.json").read_text())["figures"]
        kept = {score["metric"]: score for score in one["scores"] if score["part"] == part}
        assert kept.keys() == told.keys()
        for name, figure in told.items():
            assert kept[name]["value"] == figure["value"] and kept[name]["n"] == figure["n"]
            assert kept[name]["interval"] == figure.get("interval", [None, None])
    last = [score for score in one["scores"] if score["part"] == "step 4"]
    assert [score["metric"] for score in last][:1] == ["eval_loss"]
    by_name = json.loads(run_fettle("show", "run", "mine", "--json").stdout)
    assert by_name == json.loads(run_fettle("show", "run", run, "--json").stdout)
    assert by_name["recipe"] == one["recipe"] and by_name["log_history"]
    shown = run_fettle("show", "runs").stdout
    assert "mine" in shown and "after exact_match" in shown
    done = run_fettle("show", "run", "mime", code=2)
    assert "did you mean mine?" in done.stderr


def test_runs_in_one_folder_are_one_and_equal_names_are_told_apart(run_fettle, job, tmp_path):
    job.train(output_dir=str(tmp_path / "a" / "same"))
    job.train("--overwrite", output_dir=str(tmp_path / "a" / "same"))
    job.train(output_dir=str(tmp_path / "b" / "same"))
    assert [run["name"] for run in listed(run_fettle)] == ["same", "same-2"]


def test_a_failed_run_is_kept_as_failed(run_fettle, base, job, tmp_path):
    bad = shutil.copytree(base, tmp_path / "bad")
    state = load_file(bad / "model.safetensors")
    state["model.norm.weight"][5] = float("nan")
    save_file(state, bad / "model.safetensors", metadata={"format": "pt"})
    job.train(output_dir=str(tmp_path / "run"), code=1, model_name_or_path=str(bad), max_steps=9)
    (one,) = listed(run_fettle)
    assert one["state"] == "failed" and one["name"] == "run"


def broken_store(kind, folder):
    path = folder / "broken.db"
    if kind == "garbage":
        path.write_bytes(os.urandom(20_000))
    elif kind == "foreign":
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE letters (x)")
    elif kind == "folder":
        path.mkdir()
    elif kind == "read-only":
        path = "/proc/self/runs.db"
    return path


@pytest.mark.parametrize("kind", ["garbage", "foreign", "folder", "read-only"])
def test_a_bad_store_is_one_sentence_and_no_loss(run_fettle, job, tmp_path, monkeypatch, kind):
    path = broken_store(kind, tmp_path)
    before = path.read_bytes() if kind in ("garbage", "foreign") else None
    monkeypatch.setenv("FETTLE_STORE", str(path))
    run = tmp_path / "run"
    done = run_fettle("train", *job.arguments(output_dir=str(run)), "--quiet")
    warnings = [line for line in done.stderr.splitlines() if line.startswith("warning: this run")]
    assert len(warnings) == 1 and str(path) in warnings[0], done.stderr
    assert before is None or path.read_bytes() == before
    assert (run / "eval" / "after.json").is_file()
    # Nothing is lost: the folder is listed as if the store had it.
    (one,) = listed(run_fettle, run, "--store", tmp_path / "empty.db")
    assert one["name"] == "run" and any(score["part"] == "after" for score in one["scores"])


def test_none_keeps_none(run_fettle, job, tmp_path):
    run_fettle("train", *job.arguments(output_dir=str(tmp_path / "run")), "--store", "none")
    assert not (tmp_path / "data").exists()
    assert listed(run_fettle) == []


def test_evaluations_are_compared_by_name(run_fettle, judged, tmp_path):  # noqa: F811
    store = ["--store", tmp_path / "runs.db"]
    for name in ("base", "tuned"):
        run_fettle("evaluate", judged / name, "--tasks", judged / "colours.yaml", "--dtype",
                   "float32", "--output", judged / f"{name}-rows", *store)
    runs = {run["name"]: run for run in listed(run_fettle, *store)}
    assert runs.keys() == {"base-rows", "tuned-rows"}
    results = json.loads((judged / "base-rows" / "results.json").read_text())
    told = {figure["metric"]: figure for figure in results["fettle"][0]["figures"]}
    for score in runs["base-rows"]["scores"]:
        assert score["part"] == "colours" and score["value"] == told[score["metric"]]["value"]
        assert score["interval"] == told[score["metric"]]["interval"]
    by_name = run_fettle("compare", "base-rows", "tuned-rows", *store, cwd=tmp_path).stdout
    assert by_name == run_fettle("compare", judged / "base-rows", judged / "tuned-rows").stdout
    # Rows of a recipe are an evaluation too; without --output each is one of its own.
    rows = write_rows(tmp_path / "eval.jsonl", chat_rows(4))
    for _ in range(2):
        run_fettle("evaluate", judged / "base", "--data", rows, "--metrics", "loss", *store)
    names = [run["name"] for run in listed(run_fettle, "--kind", "evaluate", *store)]
    assert names[2:] == ["base-judged", "base-judged-2"]
