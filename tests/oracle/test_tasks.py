"""Evaluation tasks: the same requests, likelihoods and scores as lm-evaluation-harness."""

import csv
import gzip
import io
import json
import os
import pathlib

import pytest
import yaml

lm_eval = pytest.importorskip("lm_eval")

ROWS = int(os.environ.get("FETTLE_TASK_ROWS", "4"))


def lines(assets, *name):
    path = assets.joinpath("datasets", *name)
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        return file.read()


def sst2(assets, rows):
    table = [line.rsplit("\t", 1) for line in lines(assets, "sst2", "dev.tsv").splitlines()]
    docs = [{"sentence": text, "label": int(label)} for text, label in table]
    return docs[:rows], docs[rows:rows + 60], {
        "output_type": "multiple_choice", "num_fewshot": 3,
        "doc_to_text": "{{sentence}}\nQuestion: Is this sentence positive or negative?\nAnswer:",
        "doc_to_target": "label", "doc_to_choice": ["negative", "positive"],
        "metric_list": [{"metric": "acc"}, {"metric": "f1"}, {"metric": "mcc"}]}


def truthfulqa(assets, rows):
    docs = []
    for row in csv.DictReader(io.StringIO(lines(assets, "truthfulqa", "TruthfulQA.csv.gz"))):
        wrong = row["Incorrect Answers"].split("; ")
        docs.append({"question": row["Question"], "choices": [row["Best Answer"], *wrong]})
    return docs[:rows], docs[rows:rows + 20], {
        "output_type": "multiple_choice", "num_fewshot": 2,
        "doc_to_text": "Q: {{question}}\nA:", "doc_to_target": 0, "doc_to_choice": "{{choices}}",
        "metric_list": [{"metric": "acc"}, {"metric": "acc_norm"}]}


def bbq(assets, rows):
    docs = [json.loads(line) for line in lines(assets, "bbq", "Age.jsonl.gz").splitlines()]
    docs = [{key: doc[key] for key in ("context", "question", "ans0", "ans1", "ans2", "label")}
            for doc in docs]
    return docs[:rows], docs[200:220], {
        "output_type": "multiple_choice", "num_fewshot": 1,
        "description": "Answer the question.\n\n",
        "doc_to_text": "{{context}} {{question.strip()}}\nAnswer:",
        "doc_to_target": "label", "doc_to_choice": "{{[ans0, ans1, ans2]}}",
        "metric_list": [{"metric": "acc"}, {"metric": "acc_norm"}]}


def crows(assets, rows):
    table = csv.DictReader(io.StringIO(lines(assets, "crows-pairs", "crows_pairs_anonymized.csv.gz")))
    docs = [{"more": row["sent_more"], "less": row["sent_less"]} for row in table]
    return docs[:rows], docs[rows:rows + 5], {
        "output_type": "multiple_choice", "doc_to_text": "", "doc_to_target": 0,
        "doc_to_choice": "{{[more, less]}}", "target_delimiter": "",
        "metric_list": [{"metric": "acc"}]}


def stereoset(assets, rows):
    parts = json.loads(lines(assets, "stereoset", "dev.json.gz"))
    docs = [{"choices": [one["sentence"] for one in part["sentences"]],
             "label": [one["gold_label"] for one in part["sentences"]].index("stereotype")}
            for part in parts]
    return docs[:rows], docs[rows:rows + 5], {
        "output_type": "multiple_choice", "doc_to_text": "", "doc_to_target": "label",
        "doc_to_choice": "{{choices}}", "target_delimiter": "",
        "metric_list": [{"metric": "acc"}, {"metric": "acc_norm"}]}


def squad(assets, rows):
    docs = [{"context": part["context"], "question": one["question"],
             "label": int(one["is_impossible"])}
            for page in json.loads(lines(assets, "squad", "dev-v2.0.cs224n.json.gz"))["data"]
            for part in page["paragraphs"] for one in part["qas"]]
    return docs[:rows], docs[-20:], {
        "output_type": "multiple_choice", "num_fewshot": 1,
        "doc_to_text": "{{context}}\nQuestion: {{question}}\nIs the answer in the text?",
        "doc_to_target": "label", "doc_to_choice": ["yes", "no"],
        "metric_list": [{"metric": "acc"}, {"metric": "f1"}]}


def mmlu(assets, rows):
    given = json.loads(lines(assets, "mmlu", "mmlu_gemmacpp.json.gz"))["samples"]
    docs = [{"prompt": row["prompt"], "answer": row["input_label"]} for row in given]
    return docs[:rows], docs[-5:], {
        "output_type": "multiple_choice", "doc_to_text": "{{prompt}}",
        "doc_to_target": "answer", "doc_to_choice": ["A", "B", "C", "D"],
        "metric_list": [{"metric": "acc"}]}


def gsm8k(assets, rows):
    docs = [json.loads(line) for line in lines(assets, "gsm8k", "test.jsonl.gz").splitlines()]
    own = yaml.safe_load((pathlib.Path(__file__).parents[2] / "tasks" / "gsm8k.yaml").read_text())
    keys = ("output_type", "doc_to_text", "doc_to_target", "metric_list", "filter_list")
    return docs[:min(rows, 20)], docs[200:260], {
        **{key: own[key] for key in keys}, "num_fewshot": 1,
        "generation_kwargs": {**own["generation_kwargs"], "max_gen_toks": 40}}


def multi30k(assets, rows):
    english = lines(assets, "multi30k", "val.en.gz").splitlines()
    german = lines(assets, "multi30k", "val.de.gz").splitlines()
    docs = [{"en": one, "de": two} for one, two in zip(english, german, strict=True)]
    return docs[:rows], docs[200:250], {
        "output_type": "generate_until", "num_fewshot": 2,
        "doc_to_text": "English phrase: {{en}}\nGerman phrase:", "doc_to_target": "de",
        "generation_kwargs": {"until": ["\n"], "max_gen_toks": 24},
        "metric_list": [{"metric": "bleu"}, {"metric": "chrf"}]}


def wikitext(assets, rows):
    pages = lines(assets, "wikitext-2", "valid.txt.gz").split("\n = ")
    docs = [{"page": page[:1500]} for page in pages if len(page) > 400]
    return docs[:min(rows, 20)], docs[:1], {
        "output_type": "loglikelihood_rolling", "doc_to_text": "", "doc_to_target": "{{page}}",
        "metric_list": [{"metric": "word_perplexity"}, {"metric": "byte_perplexity"},
                        {"metric": "bits_per_byte"}]}


def shakespeare(assets, rows):
    parts = [part for part in lines(assets, "tinyshakespeare", "input.txt.gz").split("\n\n")
             if len(part.split()) > 8]
    docs = [{"text": part} for part in parts]
    return docs[:rows], docs[rows:rows + 5], {
        "output_type": "loglikelihood",
        "doc_to_text": "{{text.split(' ')[:-1]|join(' ')}}",
        "doc_to_target": "{{' '+text.split(' ')[-1]}}",
        "metric_list": [{"metric": "perplexity"}, {"metric": "acc"}]}


TASKS = {make.__name__: make for make in (sst2, truthfulqa, bbq, crows, stereoset, squad, mmlu,
                                          gsm8k, multi30k, wikitext, shakespeare)}


def write_task(folder, name, docs, shots, keys):
    for split, rows in (("test", docs), ("train", shots)):
        (folder / f"{name}.{split}.jsonl").write_text(
            "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    task = {"task": f"own_{name}", "dataset_path": "json", "test_split": "test",
            "training_split": "train", "fewshot_split": "train",
            "dataset_kwargs": {"data_files": {split: str(folder / f"{name}.{split}.jsonl")
                                              for split in ("train", "test")}}, **keys}
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps(task, indent=1), encoding="utf-8")  # JSON is YAML
    return path


@pytest.fixture(scope="module")
def harness(smollm_folder):
    import torch
    from lm_eval.models.huggingface import HFLM
    torch.manual_seed(0)
    return HFLM(pretrained=str(smollm_folder), device="cpu", dtype="float32", batch_size=8)


def judge(harness, paths):
    """lm-evaluation-harness's results and samples of the task files."""
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager
    return simple_evaluate(
        harness, tasks=[str(path) for path in paths], log_samples=True, bootstrap_iters=0,
        task_manager=TaskManager(include_defaults=False), cache_requests=False)


def compare(ours, theirs, name):
    """Each request of theirs beside the row of ours; the largest difference of likelihoods."""
    rows = {row["doc_id"]: row for row in ours}
    worst = 0.0
    seen = set()
    for sample in theirs:
        row = rows[sample["doc_id"]]
        seen.add(sample["doc_id"])
        arguments = [value if isinstance(value, (list, tuple)) else list(value.values())
                     for value in (sample["arguments"].values()
                                   if isinstance(sample["arguments"], dict)
                                   else sample["arguments"])]
        if "prompts" in row:
            assert [one[0] for one in arguments][:len(row["prompts"])] == row["prompts"], name
        if "log_likelihoods" in row:
            wanted = [one[0] for one in sample["resps"]]
            wanted = [value[0] if isinstance(value, (list, tuple)) else value for value in wanted]
            wanted = [float(value) for value in wanted]
            if len(row["log_likelihoods"]) > 1 or "choices" in row:
                assert [one[1] for one in arguments] == row["continuations"], name
            worst = max(worst, *(abs(one - two) for one, two in
                                 zip(row["log_likelihoods"], wanted, strict=True)))
        else:
            assert row["answers"] == sample["resps"][0], (name, sample["doc_id"])
    assert seen == set(rows), name
    return worst


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("rows", [ROWS, pytest.param(200, marks=pytest.mark.exhaustive)])
def test_tasks_equal_the_harness(name, rows, assets, run_fettle, harness, smollm_folder, tmp_path):
    path = write_task(tmp_path, name, *TASKS[name](assets, rows))
    theirs = judge(harness, [path])
    run_fettle("evaluate", smollm_folder, "--tasks", path, "--dtype", "float32", "--output",
               tmp_path / "out", timeout=3600)
    name = f"own_{path.stem}"
    ours = [json.loads(line) for line in
            (tmp_path / "out" / f"{name}.samples.jsonl").read_text("utf-8").splitlines()]
    worst = compare(ours, theirs["samples"][name], name)
    figures = {f"{item['metric']},{item['filter']}": item["value"] for item in
               json.loads((tmp_path / "out" / f"{name}.json").read_text())["figures"]}
    print(f"{name:18} rows {len(ours):4} likelihoods differ by at most {worst:.2e}")
    # A whole text's likelihood is a sum over hundreds of tokens.
    assert worst < (1e-3 if "wikitext" not in name else 2e-2), name
    for key, value in theirs["results"][name].items():
        if "," not in key or "stderr" in key or key == "sample_len":
            continue
        print(f"    {key:36} {figures[key]:.6f} {value:.6f}")
        assert figures[key] == pytest.approx(
            value, abs=1e-9, rel=1e-9 if "acc" in key else 1e-4), key
    check_errors(tmp_path / "out", name, theirs["samples"][name])


def check_errors(folder, name, samples):
    """The standard error of each figure that is a mean of the harness's rows."""
    from lm_eval.api.metrics import mean_stderr
    ours = json.loads((folder / "results.json").read_text())["results"][name]
    for key, value in ours.items():
        metric, _, rest = key.partition("_stderr,")
        if rest and value != "N/A" and metric in samples[0]:
            each = [float(sample[metric]) for sample in samples]
            assert value == pytest.approx(mean_stderr(each), abs=1e-9), key
            assert ours[f"{metric},{rest}"] == pytest.approx(sum(each) / len(each), abs=1e-9), key
        elif rest:
            assert metric not in ("acc", "acc_norm", "exact_match"), key
