"""Rows, scores, answers and files that no sane task holds: a number or one sentence each."""

import json
import shutil

import pytest
from safetensors.torch import load_file, save_file
from test_compare import judged  # noqa: F401 (two judged models)
from test_hosted import chat, serve  # noqa: F401 (a server of ours)

ONE_CLASS = """
task: same
dataset_path: json
dataset_kwargs: {data_files: {test: same.jsonl}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{question}} "
doc_to_target: 0
doc_to_choice: ["blue", "green"]
metric_list:
  - metric: acc
  - metric: macro_f1
  - metric: mcc
  - metric: METRIC
"""
EMPTY = """
task: nothing
dataset_path: json
dataset_kwargs: {data_files: {test: same.jsonl}}
test_split: test
output_type: generate_until
doc_to_text: "{{question}}"
doc_to_target: "{{answer}}"
generation_kwargs: {until: ["!"], max_gen_toks: 2}
metric_list:
  - metric: METRIC
"""
PROGRAMS = """
task: programs
dataset_path: json
dataset_kwargs: {data_files: {test: programs.jsonl}}
test_split: test
output_type: generate_until
doc_to_text: "def answer():\\n"
doc_to_target: "assert answer() == 1"
generation_kwargs: {until: ["!"], max_gen_toks: 200}
metric_list:
  - metric: pass_at_k
    k: 1
"""


def sentence(done):
    lines = [line for line in done.stderr.splitlines() if line.startswith("fettle: ")]
    assert len(lines) == 1 and "vector" not in lines[0], done.stderr
    return lines[0]


@pytest.fixture
def asked(judged, run_fettle, tmp_path):  # noqa: F811
    rows = [{"question": f"which {i}", "answer": ""} for i in range(6)]
    (tmp_path / "same.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def ask(task, code=0, model=None, **options):
        (tmp_path / "task.yaml").write_text(task)
        return run_fettle("evaluate", model or judged / "base", "--tasks", tmp_path / "task.yaml",
                          "--output", tmp_path / "out", "--threads", 1, code=code, **options)

    return ask


def test_one_class(asked, tmp_path):
    asked(ONE_CLASS.replace("METRIC", "acc_norm"))
    told = json.loads((tmp_path / "out" / "results.json").read_text())["results"]["same"]
    assert told["mcc,none"] == 0 and 0 <= told["acc,none"] <= 1
    done = asked(ONE_CLASS.replace("METRIC", "roc_auc"))
    assert "no number: its 6 rows leave it undefined (one class alone" in done.stdout
    told = json.loads((tmp_path / "out" / "results.json").read_text())["results"]["same"]
    assert told["roc_auc,none"] is None


@pytest.mark.parametrize("metric", ["exact_match", "bleu", "rougeL", "squad_f1", "wer"])
def test_empty_references(asked, tmp_path, metric):
    asked(EMPTY.replace("METRIC", metric))
    told = json.loads((tmp_path / "out" / "results.json").read_text())["results"]["nothing"]
    assert told[f"{metric},none"] == (1 if metric == "wer" else 0)  # all that was said is wrong


def test_scores_that_are_no_numbers(asked, judged, tmp_path):  # noqa: F811
    bad = shutil.copytree(judged / "base", tmp_path / "bad")
    state = load_file(bad / "model.safetensors")
    state["model.norm.weight"][5] = float("nan")
    save_file(state, bad / "model.safetensors", metadata={"format": "pt"})
    said = sentence(asked(ONE_CLASS.replace("METRIC", "acc_norm"), code=1, model=bad))
    assert "task same: row 0: a likelihood is no number" in said


def test_programs_that_hang_and_fork(asked, serve, tmp_path):  # noqa: F811
    answers = ["  return 1", "  while True: pass", "  import os\n  while True: os.fork()",
               "  raise SystemExit(0)", "  return 1 +"]
    (tmp_path / "programs.jsonl").write_text("".join(
        json.dumps({"n": i}) + "\n" for i in range(len(answers))))
    left = list(answers)
    server = serve(lambda path, request: chat(left.pop(0)))
    asked(PROGRAMS, model=server.model, timeout=300)
    told = json.loads((tmp_path / "out" / "results.json").read_text())["results"]["programs"]
    assert told["pass_at_k,none"] == 0.2


@pytest.mark.parametrize("change", [
    {"log_likelihoods": []}, {"log_likelihoods": [None, -1, -2]}, {"gold": [9]}, {"choices": []},
    {"continuations": ["a"]}, {"doc_id": "x"}, {"doc": None, "hash": 5}])
def test_damaged_rows_of_results(judged, run_fettle, tmp_path, change):  # noqa: F811
    copy = shutil.copytree(judged / "base-rows", tmp_path / "copy")
    path = copy / "colours.samples.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[2] = json.dumps({**json.loads(lines[2]), **change})
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = sentence(run_fettle("compare", judged / "tuned-rows", copy, code=1))
    assert "colours.samples.jsonl:3: is no row of a task" in said
