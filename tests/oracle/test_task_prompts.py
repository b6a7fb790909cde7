"""How tasks choose shots, write prompts, calibrate and cut texts, beside independent programs."""

import collections
import json
import random
import re

import numpy
import pytest
import torch
from rank_bm25 import BM25Okapi
from tiny_models import make_model, make_tokenizer

lm_eval = pytest.importorskip("lm_eval")

COLOURS = ["blue", "green", "red"]
THINGS = ["sky", "grass", "sea", "rose", "leaf", "apple", "wine", "ice", "frog"]


def make_rows(count, seed):
    draw = random.Random(seed)
    return [{"question": " ".join(draw.choices(THINGS + ["which", "colour", "has", "the"], k=6)),
             "label": draw.choices([0, 1, 2], [6, 2, 1])[0]} for _ in range(count)]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prompts") / "model"
    tokenizer = make_tokenizer(folder)
    decoder = make_model(max_position_embeddings=1024)
    decoder.save_pretrained(folder)
    return folder, tokenizer, decoder


@pytest.fixture(scope="module")
def harness(model):
    from lm_eval.models.huggingface import HFLM
    return HFLM(pretrained=str(model[0]), device="cpu", dtype="float32", batch_size=4)


def write_task(folder, **keys):
    judged, solved = make_rows(12, 1), make_rows(60, 2)
    solved[7] = judged[3]  # a copy of a judged row among the shots
    for split, rows in (("test", judged), ("train", solved)):
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    task = {"task": "colours", "dataset_path": "json", "test_split": "test",
            "training_split": "train", "fewshot_split": "train",
            "dataset_kwargs": {"data_files": {split: str(folder / f"{split}.jsonl")
                                              for split in ("train", "test")}},
            "output_type": "multiple_choice", "doc_to_text": "Q: {{question}}\nA:",
            "doc_to_target": "label", "doc_to_choice": COLOURS, "num_fewshot": 4,
            "metric_list": [{"metric": "acc"}], **keys}
    path = folder / "colours.yaml"
    path.write_text(json.dumps(task))
    return path, judged, solved


def judge(run_fettle, model, path, *options):
    out = path.parent / f"out-{len(list(path.parent.iterdir()))}"
    run_fettle("evaluate", model[0], "--tasks", path, "--dtype", "float32", "--output", out,
               *options)
    lines = (out / "colours.samples.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines], json.loads((out / "colours.json").read_text())


def shots_in(prompt):
    """The questions of a prompt's shots, in order."""
    return re.findall(r"Q: (.*)\nA: ", prompt)


def test_shots_alike_in_words_equal_rank_bm25(run_fettle, model, tmp_path):
    path, judged, solved = write_task(tmp_path, fewshot_config={"sampler": "bm25"})
    rows, _ = judge(run_fettle, model, path)
    words = [re.findall(r"\w+", f"q: {row['question']}\na:".lower()) for row in solved]
    search = BM25Okapi(words)
    for row, asked in zip(rows, judged, strict=True):
        scores = search.get_scores(re.findall(r"\w+", f"q: {asked['question']}\na:".lower()))
        order = sorted((i for i in range(len(solved)) if solved[i] != asked),
                       key=lambda i: (-round(scores[i], 9), i))
        assert shots_in(row["prompts"][0]) == [solved[i]["question"] for i in order[:4]][::-1]
    reverse, _ = judge(run_fettle, model, path, "--fewshot_order", "reversed")
    split, _ = judge(run_fettle, model, path, "--fewshot_order", "split")
    shortest, _ = judge(run_fettle, model, path, "--fewshot_order", "shortest")
    place = {row["question"]: i for i, row in enumerate(solved)}
    for row, back, by_place, by_length in zip(rows, reverse, split, shortest, strict=True):
        chosen = shots_in(row["prompts"][0])
        assert shots_in(back["prompts"][0]) == chosen[::-1]
        assert shots_in(by_place["prompts"][0]) == sorted(chosen, key=place.get)
        assert shots_in(by_length["prompts"][0]) == sorted(chosen, key=len)


def test_shots_alike_to_the_model_equal_transformers(run_fettle, model, tmp_path):
    path, judged, solved = write_task(tmp_path)
    rows, told = judge(run_fettle, model, path, "--fewshot_sampler", "hidden")
    _, tokenizer, decoder = model

    def state(row):
        ids = tokenizer(f"Q: {row['question']}\nA:", return_tensors="pt").input_ids
        with torch.no_grad():
            hidden = decoder(ids, output_hidden_states=True).hidden_states[-1][0]
        mean = hidden.double().mean(0)
        return mean / mean.norm()

    states = torch.stack([state(row) for row in solved])
    for row, asked in zip(rows, judged, strict=True):
        likeness = states @ state(asked)
        order = sorted((i for i in range(len(solved)) if solved[i] != asked),
                       key=lambda i: (-round(likeness[i].item(), 6), i))
        assert shots_in(row["prompts"][0]) == [solved[i]["question"] for i in order[:4]][::-1]
    assert told["prompt"]["sampler"] == "hidden"


def test_balanced_shots_take_each_class_alike(run_fettle, model, tmp_path):
    path, judged, solved = write_task(tmp_path)
    rows, _ = judge(run_fettle, model, path, "--fewshot_sampler", "balanced")
    drawn, _ = judge(run_fettle, model, path)
    label = {row["question"]: row["label"] for row in solved}

    def most(row):
        counts = collections.Counter(label[shot] for shot in shots_in(row["prompts"][0]))
        return sorted(counts.values())

    assert all(most(row) == [1, 1, 2] for row in rows)
    assert not all(most(row) == [1, 1, 2] for row in drawn)
    for row, asked in zip(rows, judged, strict=True):
        assert asked["question"] not in shots_in(row["prompts"][0])
    assert len({row["prompts"][0] for row in rows}) == len(rows)


@pytest.mark.parametrize("multiturn", [True, False])
def test_chat_prompts_equal_the_harness(run_fettle, model, harness, tmp_path, multiturn):
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager
    path, _, _ = write_task(tmp_path, description="Name the colour of the thing.")
    options = ["--apply_chat_template", "--system_instruction", "Be brief."]
    rows, told = judge(run_fettle, model, path, *options,
                       *(["--fewshot_as_multiturn"] if multiturn else []))
    theirs = simple_evaluate(
        harness, tasks=[str(path)], log_samples=True, bootstrap_iters=0,
        apply_chat_template=True, fewshot_as_multiturn=multiturn, system_instruction="Be brief.",
        task_manager=TaskManager(include_defaults=False), cache_requests=False)
    samples = {sample["doc_id"]: sample for sample in theirs["samples"]["colours"]}
    for row in rows:
        sample = samples[row["doc_id"]]
        asked = [list(one.values()) if isinstance(one, dict) else one
                 for one in (sample["arguments"].values()
                             if isinstance(sample["arguments"], dict) else sample["arguments"])]
        assert asked[0][0] == row["prompts"][0]
        assert [one[1] for one in asked] == row["continuations"]
        wanted = [float(one[0][0]) for one in sample["resps"]]
        assert row["log_likelihoods"] == pytest.approx(wanted, abs=1e-3)
    assert told["figures"][0]["value"] == theirs["results"]["colours"]["acc,none"]
    assert told["prompt"] == {"chat_template": True, "fewshot_as_multiturn": multiturn,
                              "system_instruction": "Be brief.", "sampler": "default",
                              "order": "chosen"}


def test_calibrated_likelihoods_equal_the_formula(run_fettle, model, harness, tmp_path):
    from lm_eval.api.instance import Instance
    inputs = ["N/A", "", "none"]
    path, _, _ = write_task(tmp_path, calibration=inputs,
                            metric_list=[{"metric": "acc"}, {"metric": "brier_score"}])
    rows, told = judge(run_fettle, model, path)
    right, brier = [], []
    for row in rows:
        head, question = row["prompts"][0].rsplit("Q: ", 1)
        assert question == f"{row['doc']['question']}\nA:"
        shares = []
        for text in inputs:
            context = f"{head}Q: {text}\nA:"
            said = harness.loglikelihood(
                [Instance("loglikelihood", {}, (context, f" {choice}"), i)
                 for i, choice in enumerate(COLOURS)], disable_tqdm=True)
            values = numpy.array([one[0] for one in said])
            shares.append(numpy.exp(values) / numpy.exp(values).sum())
        free = numpy.mean(shares, axis=0)
        assert row["content_free"] == pytest.approx(numpy.log(free), abs=1e-3)
        p = numpy.exp(row["log_likelihoods"])
        q = p / p.sum() / numpy.exp(row["content_free"])
        q /= q.sum()
        gold = row["doc"]["label"]
        right.append(q.argmax() == gold)
        brier.append(((q - numpy.eye(3)[gold]) ** 2).sum())
    figures = {figure["metric"]: figure["value"] for figure in told["figures"]}
    assert figures["calibrated_acc"] == pytest.approx(numpy.mean(right), abs=1e-12)
    assert figures["calibrated_brier_score"] == pytest.approx(numpy.mean(brier), abs=1e-9)
    assert set(figures) == {"acc", "brier_score", "calibrated_acc", "calibrated_brier_score"}


@pytest.mark.parametrize(("stride", "length"), [(5, 16), (15, 16), (32, 64), (400, 512)])
def test_strided_windows_equal_transformers_guide(run_fettle, model, tmp_path, stride, length):
    """The loop of transformers' page "Perplexity of fixed-length models", over BOS and the text."""
    _, tokenizer, decoder = model
    draw = random.Random(3)
    texts = [" ".join(draw.choices(THINGS, k=size)) for size in (120, 3, 40)]
    (tmp_path / "test.jsonl").write_text("".join(json.dumps({"page": t}) + "\n" for t in texts))
    path = tmp_path / "pages.yaml"
    path.write_text(json.dumps({
        "task": "colours", "dataset_path": "json", "test_split": "test",
        "dataset_kwargs": {"data_files": {"test": str(tmp_path / "test.jsonl")}},
        "output_type": "loglikelihood_rolling", "doc_to_text": "", "doc_to_target": "{{page}}",
        "metric_list": [{"metric": "byte_perplexity"}], "stride": stride}))
    rows, _ = judge(run_fettle, model, path, "--max_length", length)
    for row, text in zip(rows, texts, strict=True):
        ids = torch.tensor([[tokenizer.bos_token_id, *tokenizer(text).input_ids]])
        total, previous = 0.0, 1
        for begin in range(0, ids.size(1), stride):
            end = min(begin + length, ids.size(1))
            labels = ids[:, begin:end].clone()
            labels[:, :-(end - previous)] = -100
            with torch.no_grad():
                logits = decoder(ids[:, begin:end]).logits[0, :-1].double()
            total += torch.nn.functional.cross_entropy(logits, labels[0, 1:], reduction="sum").item()
            previous = end
            if end == ids.size(1):
                break
        assert row["log_likelihoods"] == [pytest.approx(-total, abs=1e-3)]
        assert row["tokens"] == ids.size(1) - 1


def test_wrong_options_are_told(run_fettle, model, tmp_path):
    path, _, _ = write_task(tmp_path)
    for options, told in (
            (["--fewshot_sampler", "bm52"], "did you mean \"bm25\""),
            (["--fewshot_order", "size"], "order"),
            (["--fewshot_as_multiturn"], "needs --apply_chat_template"),
            (["--max_length", "5000"], "the model's context holds 1024 tokens"),
            (["--fewshot_sampler", "bm25", "--num_fewshot", "100"], "60 rows to draw from")):
        code = 1 if "60" in told else 2
        done = run_fettle("evaluate", model[0], "--tasks", path, *options, code=code)
        assert told in done.stderr, done.stderr
    wrong, _, _ = write_task(tmp_path, fewshot_config={"sampler": "first"})
    done = run_fettle("evaluate", model[0], "--tasks", wrong, code=1)
    assert "colours.yaml: fewshot_config:" in done.stderr
