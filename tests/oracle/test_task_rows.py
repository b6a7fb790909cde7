"""Rows that share a source, rows that the tuning data holds, rows in Parquet."""

import json
import random
import re

import datasets
import numpy
import pytest
import statsmodels.api
from tiny_models import make_model, make_tokenizer

WORDS = [f"w{i}" for i in range(400)]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows") / "model"
    make_tokenizer(folder)
    make_model(max_position_embeddings=256).save_pretrained(folder)
    return folder


def make_rows(count, seed=1, words=16):
    draw = random.Random(seed)
    return [{"question": " ".join(draw.choices(WORDS, k=words)), "label": draw.randrange(2),
             "source": f"page {draw.randrange(9)}"} for _ in range(count)]


def task_of(path, **keys):
    return {"task": "rows", "dataset_path": "json", "test_split": "test",
            "dataset_kwargs": {"data_files": {"test": str(path)}},
            "output_type": "multiple_choice", "doc_to_text": "{{question}}\nAnswer:",
            "doc_to_target": "label", "doc_to_choice": ["no", "yes"],
            "metric_list": [{"metric": "acc"}, {"metric": "brier_score"}], **keys}


def judge(run_fettle, model, task, folder, *options):
    path = folder / "rows.yaml"
    path.write_text(json.dumps(task))
    out = folder / f"out-{len(list(folder.iterdir()))}"
    done = run_fettle("evaluate", model, "--tasks", path, "--dtype", "float32", "--output", out,
                      *options)
    lines = (out / "rows.samples.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines], json.loads((out / "rows.json").read_text()), done


def write_rows(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def columns(rows):
    """acc and the Brier score of each row."""
    right, brier = [], []
    for row in rows:
        p = numpy.exp(numpy.array(row["log_likelihoods"]) - max(row["log_likelihoods"]))
        p /= p.sum()
        gold = row["doc"]["label"]
        right.append(float(row["likeliest"] == gold))
        brier.append(((p - numpy.eye(2)[gold]) ** 2).sum())
    return {"acc": numpy.array(right), "brier_score": numpy.array(brier)}


def test_clustered_errors_equal_statsmodels(run_fettle, model, tmp_path):
    rows = make_rows(90)
    path = write_rows(tmp_path / "test.jsonl", rows)
    judged, told, _ = judge(run_fettle, model, task_of(path, cluster=["source"]), tmp_path)
    _, plain, _ = judge(run_fettle, model, task_of(path), tmp_path)
    _, named, _ = judge(run_fettle, model, task_of(path), tmp_path, "--cluster", "source")
    assert named["figures"] == told["figures"]
    groups = [row["doc"]["source"] for row in judged]
    numbers = numpy.unique(groups, return_inverse=True)[1]
    draw = numpy.random.default_rng(0)
    for figure, alone in zip(told["figures"], plain["figures"], strict=True):
        values = columns(judged)[figure["metric"]]
        fit = statsmodels.api.OLS(values, numpy.ones(len(values))).fit(
            cov_type="cluster", cov_kwds={"groups": numbers, "use_correction": False})
        assert figure["value"] == pytest.approx(fit.params[0], abs=1e-9)
        assert figure["standard_error"] == pytest.approx(fit.bse[0], abs=1e-9)
        assert figure["clusters"] == len(set(groups)) and "clusters:9" in figure["signature"]
        assert alone["standard_error"] == pytest.approx(
            values.std(ddof=1) / len(values) ** 0.5, abs=1e-9)
        assert "clusters" not in alone
        # The percentile bootstrap over clusters, drawn here by NumPy.
        parts = [values[numbers == number] for number in range(numbers.max() + 1)]
        means = [numpy.concatenate([parts[i] for i in draw.integers(0, len(parts), len(parts))])
                 .mean() for _ in range(4000)]
        wanted = numpy.quantile(means, [0.025, 0.975])
        assert figure["interval"] == pytest.approx(list(wanted), abs=0.2 * (wanted[1] - wanted[0]))
    wrong = task_of(path, cluster=["page"])
    (tmp_path / "wrong.yaml").write_text(json.dumps(wrong))
    done = run_fettle("evaluate", model, "--tasks", tmp_path / "wrong.yaml", code=1)
    assert "cluster names the column page, which row 0 has not" in done.stderr


def words_of(text):
    return re.sub(r"[^\w\s]", "", text.lower()).split()


def runs(text, n):
    words = words_of(text)
    return {tuple(words[i:i + n]) for i in range(len(words) - n + 1)}


def test_rows_in_the_tuning_data_are_counted_apart(run_fettle, model, tmp_path):
    draw = random.Random(4)
    rows = make_rows(40) + make_rows(8, seed=7, words=9)
    tuning = [{"text": " ".join(draw.choices(WORDS, k=60))} for _ in range(80)]
    for at in (0, 5, 6, 20):  # a run of 13 words, in other letters and marks
        cut = rows[at]["question"].split()[2:15]
        tuning[at]["text"] = f"so {cut[0].upper()}, " + " ".join(cut[1:]) + "! and more"
    near = rows[10]["question"].split()[:12]  # of 12 words: below the rule
    tuning[10]["text"] = "so " + " ".join(near) + " other"
    tuning[41]["text"] = "it says " + rows[41]["question"] + " here"  # nine words, whole
    path = write_rows(tmp_path / "test.jsonl", rows)
    judged, told, done = judge(run_fettle, model, task_of(path), tmp_path, "--contamination",
                               write_rows(tmp_path / "tuning.jsonl", tuning))
    thirteen = set().union(*(runs(row["text"], 13) for row in tuning))
    whole = [" " + " ".join(words_of(row["text"])) + " " for row in tuning]
    wanted = [bool(runs(row["question"], 13) & thirteen) or (
        8 <= len(row["question"].split()) < 13 and
        any(f" {row['question']} " in text for text in whole)) for row in rows]
    assert [row["contaminated"] for row in judged] == wanted
    assert [i for i, dirty in enumerate(wanted) if dirty] == [0, 5, 6, 20, 41]
    found = told["contamination"]
    assert (found["contaminated"], found["clean"], found["tuning_rows"]) == (5, 43, 80)
    clean = columns([row for row in judged if not row["contaminated"]])
    for figure in found["figures_of_clean"]:
        assert figure["value"] == pytest.approx(clean[figure["metric"]].mean(), abs=1e-12)
        assert figure["n"] == 43
    assert told["figures"][0]["n"] == 48
    assert "5 of 48 rows are in the tuning data" in done.stdout
    run = tmp_path / "run"
    run.mkdir()
    (run / "recipe.yaml").write_text(
        f"model: {{model_name_or_path: {model}}}\ndata: {{dataset: ['{tmp_path}/tuning.jsonl']}}\n")
    _, of_run, _ = judge(run_fettle, model, task_of(path), tmp_path, "--contamination", run)
    assert of_run["contamination"]["contaminated"] == 5
    _, all_of_them, all_told = judge(run_fettle, model, task_of(path), tmp_path,
                                     "--contamination", path)
    assert all_of_them["contamination"]["figures_of_clean"] == []
    assert "none is left" in all_told.stdout


def test_parquet_rows_equal_json_rows(run_fettle, model, tmp_path):
    """Hub data sets of Parquet name their classes; tasks count them."""
    rows = make_rows(12)
    features = datasets.Features({"question": datasets.Value("string"),
                                  "label": datasets.ClassLabel(names=["entailment", "neutral"]),
                                  "source": datasets.Value("string")})
    hub = tmp_path / "data" / "owner" / "name" / "config"
    hub.mkdir(parents=True)
    datasets.Dataset.from_list(rows, features=features).to_parquet(
        hub / "test-00000-of-00001.parquet")
    path = write_rows(tmp_path / "test.jsonl", rows)
    wanted, told, _ = judge(run_fettle, model, task_of(path), tmp_path)
    task = task_of(path, dataset_path="owner/name", dataset_name="config")
    del task["dataset_kwargs"]
    judged, found, _ = judge(run_fettle, model, task, tmp_path, "--data_dir", tmp_path / "data")
    assert [row["doc"] for row in judged] == rows
    assert [row["log_likelihoods"] for row in judged] == [row["log_likelihoods"] for row in wanted]
    assert found["figures"] == told["figures"]
