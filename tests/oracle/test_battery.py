"""evaluate.battery: general tasks before and after training, equal to judging both models alone."""

import json

import pytest
from tiny_jobs import chat_rows, make_base, make_job, write_rows

CHOICES = """
task: colours
dataset_path: json
dataset_kwargs: {data_files: {test: general.jsonl}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{question}}"
doc_to_target: label
doc_to_choice: ["blue", "green", "red"]
metric_list:
  - metric: acc
"""
ROLLING = """
task: pages
dataset_path: json
dataset_kwargs: {data_files: {test: general.jsonl}}
test_split: test
output_type: loglikelihood_rolling
doc_to_target: "{{question}} and the grass is green"
metric_list:
  - metric: word_perplexity
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def job(run_fettle, base, tmp_path):
    write_rows(tmp_path / "general.jsonl", [
        {"question": f"what is the thing {i} of the sky", "label": i % 3} for i in range(30)])
    (tmp_path / "colours.yaml").write_text(CHOICES)
    (tmp_path / "pages.yaml").write_text(ROLLING)
    return make_job(run_fettle, tmp_path, base, chat_rows(12), num_threads=1, max_steps=12,
                    battery=[str(tmp_path / "colours.yaml"), str(tmp_path / "pages.yaml")],
                    battery_limit=20)


def figures(folder):
    tasks = json.loads((folder / "results.json").read_text())["fettle"]
    return {(task["task"], one["metric"]): (one["value"], one["n"])
            for task in tasks for one in task["figures"]}


def test_what_was_forgotten(job, run_fettle, base, tmp_path):
    run = tmp_path / "run"
    done = run_fettle("train", *job.arguments(output_dir=str(run), learning_rate=0.05))
    assert "tasks that it was not trained on" in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("  pages word_perp")]
    assert line.endswith("n 20: forgotten"), line
    names = [str(job.folder / "colours.yaml"), str(job.folder / "pages.yaml")]
    for part, model in (("before", base), ("after", run)):
        alone = tmp_path / f"{part}-alone"
        run_fettle("evaluate", model, "--tasks", ",".join(names), "--limit", 20, "--dtype",
                   "float32", "--threads", 1, "--output", alone)
        kept = figures(run / "eval" / "battery" / part)
        for name, (value, rows) in figures(alone).items():
            assert kept[name] == (pytest.approx(value, rel=1e-4), rows)
        assert rows == 20
        assert (alone / "results.md").read_text().count("\n| ") == 3
        assert (alone / "results.csv").read_text().count("\n") == 3
    shown = json.loads(run_fettle("show", "run", run, "--json").stdout)
    assert {"pages before", "pages after", "colours after"} <= {
        score["part"] for score in shown["scores"]}
    again = json.loads(run_fettle("compare", run / "eval/battery/before",
                                  run / "eval/battery/after", "--json").stdout)
    told = json.loads(run_fettle("train", *job.arguments(
        output_dir=str(run), learning_rate=0.05), "--overwrite", "--json").stdout)["battery"]
    assert [one["p"] for one in told["comparisons"]] == [one["p"] for one in again["comparisons"]]


def test_off_by_default_and_typos_are_told_before_training(job, run_fettle, tmp_path):
    run = job.train(battery=[])
    assert not (run / "eval" / "battery").exists()
    done = run_fettle("train", *job.arguments(output_dir=str(tmp_path / "bad"),
                                              battery=["wikitxt"]), code=2)
    assert "did you mean \"wikitext\"" in done.stderr
