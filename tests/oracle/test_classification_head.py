"""Tasks that a classification head answers, beside transformers' own classifiers."""

import json
import random
import shutil

import numpy
import pytest
import sklearn.metrics
import torch
import transformers
from safetensors.torch import load_file, save_file
from tiny_jobs import chat_rows, make_job
from tiny_models import make_model, make_tokenizer
from tokenizers.processors import TemplateProcessing

NAMES = ["bad", "fair", "good"]  # the task's choices, in its order
LABELS = {0: "good", 1: "bad", 2: "fair"}  # the head's, in another
WORDS = ["the", "sky", "is", "blue", "grass", "green", "which", "colour", "answer", "007"]
PAD = "<|endoftext|>"


def make_classifier(folder, kind=transformers.LlamaForSequenceClassification, pad_token_id=0,
                    **config):
    """With a tokenizer that begins each text with BOS."""
    tokenizer = make_tokenizer(folder)
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<|im_start|> $A", special_tokens=[("<|im_start|>", 1)])
    tokenizer.save_pretrained(folder)
    model = make_model(kind, pad_token_id=pad_token_id, **config)
    model.save_pretrained(folder)
    return folder, tokenizer, model


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return make_classifier(tmp_path_factory.mktemp("head") / "model", id2label=LABELS,
                           label2id={name: i for i, name in LABELS.items()})


def make_rows(count=40, seed=3):
    """Rows that share a start, one that is another's start, twins, ends and texts of padding, no
    text, a number, more text than the context holds."""
    draw = random.Random(seed)
    texts = [" ".join(draw.choices(WORDS, k=draw.randrange(1, 18))) for _ in range(count)]
    start = "the answer is a colour of the thing and the "
    texts[3:9] = [start + "sky", start, start + "sky is", start + "sky", f"blue sky{PAD}{PAD}",
                  f"blue {PAD} sky"]
    texts[9:12] = [PAD, "", " ".join(draw.choices(WORDS, k=150))]
    return [{"text": text, "number": number, "label": draw.randrange(3)}
            for number, text in enumerate(texts)]


@pytest.fixture
def write_task(tmp_path):
    rows = make_rows()
    (tmp_path / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def write(**keys):
        path = tmp_path / "reviews.yaml"
        path.write_text(json.dumps({
            "task": "reviews", "dataset_path": "json", "test_split": "test",
            "dataset_kwargs": {"data_files": {"test": str(tmp_path / "test.jsonl")}},
            "output_type": "classification_head", "doc_to_text": "{{text}}",
            "doc_to_target": "label", "doc_to_choice": NAMES,
            "metric_list": [{"metric": "acc"}], **keys}))
        return path

    write.rows = rows
    return write


def judge(run_fettle, model, task, out, *options):
    run_fettle("evaluate", model, "--tasks", task, "--dtype", "float32", "--threads", 1,
               "--output", out, *options)
    lines = (out / "reviews.samples.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines], json.loads((out / "reviews.json").read_text())


def by_transformers(classifier, prompts, special=True, length=128):
    """Log-probabilities of the task's choices, a prompt at a time: of the last tokens of each."""
    _, tokenizer, model = classifier
    names = [model.config.id2label[i] for i in range(model.config.num_labels)]
    columns = [names.index(name) if name in names else i for i, name in enumerate(NAMES)]
    out = []
    for prompt in prompts:
        ids = tokenizer(prompt, add_special_tokens=special).input_ids[-length:]
        with torch.no_grad():
            logits = model(torch.tensor([ids or [1]]), use_cache=False).logits[0]
        out.append(torch.log_softmax(logits.double(), 0)[columns].tolist())
    return numpy.array(out)


def said(rows):
    return numpy.array([row["log_likelihoods"] for row in rows])


@pytest.mark.parametrize("kind", ["Llama", "Mistral", "Qwen2"])
def test_equals_transformers(run_fettle, write_task, tmp_path, kind):
    known = {"sliding_window": None} if kind == "Mistral" else {}
    classifier = make_classifier(
        tmp_path / "model", getattr(transformers, f"{kind}ForSequenceClassification"),
        id2label=LABELS, label2id={name: i for i, name in LABELS.items()}, **known)
    rows, told = judge(run_fettle, classifier[0], write_task(), tmp_path / "out")
    wanted = by_transformers(classifier, [row["text"] for row in write_task.rows])
    assert said(rows).shape == wanted.shape == (40, 3)
    assert numpy.abs(said(rows) - wanted).max() <= 1e-4
    assert [row["likeliest"] for row in rows] == wanted.argmax(1).tolist()
    assert len(set(wanted.argmax(1))) == 3
    assert [row["prompts"] for row in rows] == [[row["text"]] for row in write_task.rows]
    assert told["kind"] == "classification_head"


def test_padded_batches_of_transformers_say_the_same(classifier):
    """The oracle's own rule of padding: its batches equal its single rows."""
    _, tokenizer, model = classifier
    texts = [row["text"] for row in make_rows()][:8]
    wanted = by_transformers(classifier, texts)
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        logits = model(batch.input_ids, attention_mask=batch.attention_mask).logits
    columns = [list(LABELS.values()).index(name) for name in NAMES]
    assert numpy.abs(torch.log_softmax(logits.double(), 1)[:, columns].numpy() - wanted).max() < 1e-4


def test_unnamed_labels_and_no_padding(run_fettle, write_task, tmp_path):
    classifier = make_classifier(tmp_path / "model", pad_token_id=None, num_labels=3)
    assert classifier[2].config.id2label[2] == "LABEL_2"
    rows, _ = judge(run_fettle, classifier[0], write_task(), tmp_path / "out")
    wanted = by_transformers(classifier, [row["text"] for row in write_task.rows])
    assert numpy.abs(said(rows) - wanted).max() <= 1e-4
    # A text's end that is padding elsewhere is text here.
    assert numpy.abs(wanted[7] - by_transformers(classifier, ["blue sky"])[0]).max() > 1e-2
    two = make_classifier(tmp_path / "two", num_labels=2)
    assert "id2label" not in json.loads((two[0] / "config.json").read_text())
    judge(run_fettle, two[0], write_task(doc_to_choice=["no", "yes"], doc_to_target=1),
          tmp_path / "out-two")


def test_batches_change_nothing(run_fettle, classifier, write_task, tmp_path):
    once, _ = judge(run_fettle, classifier[0], write_task(), tmp_path / "a")
    for tokens in (1, 60, 333):
        rows, _ = judge(run_fettle, classifier[0], write_task(), tmp_path / f"b{tokens}",
                        "--batch_tokens", tokens)
        assert numpy.abs(said(rows) - said(once)).max() <= 1e-5
        assert [row["doc"] for row in rows] == write_task.rows


def test_templates_columns_and_shots(run_fettle, classifier, write_task, tmp_path):
    _, tokenizer, _ = classifier
    chat, _ = judge(run_fettle, classifier[0], write_task(description="Judge it."),
                    tmp_path / "chat", "--apply_chat_template")
    prompts = [tokenizer.apply_chat_template(
        [{"role": "system", "content": "Judge it."}, {"role": "user", "content": row["text"]}],
        add_generation_prompt=True, tokenize=False) for row in write_task.rows]
    assert [row["prompts"][0] for row in chat] == prompts
    wanted = by_transformers(classifier, prompts, special=False)
    assert numpy.abs(said(chat) - wanted).max() <= 1e-4
    column, _ = judge(run_fettle, classifier[0], write_task(doc_to_text="number"),
                      tmp_path / "column")
    wanted = by_transformers(classifier, [str(row["number"]) for row in write_task.rows])
    assert numpy.abs(said(column) - wanted).max() <= 1e-4
    shots, _ = judge(run_fettle, classifier[0], write_task(num_fewshot=2, doc_to_text="number"),
                     tmp_path / "shots", "--max_length", 16)
    assert all(row["prompts"][0].count("\n\n") == 2 for row in shots)
    wanted = by_transformers(classifier, [row["prompts"][0] for row in shots], length=16)
    assert numpy.abs(said(shots) - wanted).max() <= 1e-4


def test_metrics_are_those_of_choices(run_fettle, classifier, write_task, tmp_path):
    names = ["acc", "macro_f1", "mcc", "log_loss", "brier_score", "roc_auc", "ece"]
    task = write_task(metric_list=[{"metric": name} for name in names])
    rows, told = judge(run_fettle, classifier[0], task, tmp_path / "out")
    found = {figure["metric"]: figure["value"] for figure in told["figures"]}
    p, gold = numpy.exp(said(rows)), numpy.array([row["label"] for row in write_task.rows])
    assert p.sum(1) == pytest.approx(numpy.ones(40), abs=1e-12)
    best = p.argmax(1)
    right = best == gold
    bins = numpy.clip(numpy.ceil(p.max(1) * 15).astype(int) - 1, 0, 14)
    gaps = [abs(p.max(1)[bins == i].sum() - right[bins == i].sum()) for i in range(15)]
    assert found == pytest.approx({
        "acc": right.mean(),
        "macro_f1": sklearn.metrics.f1_score(gold, best, average="macro"),
        "mcc": sklearn.metrics.matthews_corrcoef(gold, best),
        "log_loss": sklearn.metrics.log_loss(gold, p),
        "brier_score": ((p - numpy.eye(3)[gold]) ** 2).sum(1).mean(),
        "roc_auc": sklearn.metrics.roc_auc_score(gold, p, multi_class="ovr"),
        "ece": sum(gaps) / 40}, abs=1e-9)


def test_goes_on_and_is_compared(run_fettle, classifier, write_task, tmp_path):
    task, out = write_task(), tmp_path / "out"
    rows, told = judge(run_fettle, classifier[0], task, out)
    kept = [dict(row) for row in rows[:5]]
    kept[2]["log_likelihoods"] = [-1.0, -2.0, -3.0]  # told from one that is asked anew
    (out / "reviews.samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in kept))
    again, _ = judge(run_fettle, classifier[0], task, out)
    assert again[2]["log_likelihoods"] == [-1.0, -2.0, -3.0]
    assert numpy.abs(numpy.delete(said(again), 2, 0) -
                     numpy.delete(said(rows), 2, 0)).max() <= 1e-5
    other = make_classifier(tmp_path / "model", seed=1, id2label=dict(enumerate(NAMES)),
                            label2id={name: i for i, name in enumerate(NAMES)})
    judged, _ = judge(run_fettle, classifier[0], task, tmp_path / "one")
    second, _ = judge(run_fettle, other[0], task, tmp_path / "two")
    done = run_fettle("compare", tmp_path / "one", tmp_path / "two", "--json", "--output",
                      tmp_path / "report")
    (one,) = json.loads(done.stdout)["comparisons"]
    gold = [row["label"] for row in write_task.rows]
    for name, side in (("first_value", judged), ("second_value", second)):
        share = numpy.mean([row["likeliest"] == want for row, want in zip(side, gold, strict=True)])
        assert one[name] == pytest.approx(share, abs=1e-12)
    page = (tmp_path / "report" / "compare.html").read_text("utf-8")
    assert "Calibration" in page and "fair" in page


def sentence(done):
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("fettle: ")]
    return line


def test_models_without_such_a_head_are_refused(run_fettle, write_task, tmp_path):
    folder = tmp_path / "causal"
    make_tokenizer(folder)
    make_model().save_pretrained(folder)
    (folder / "model.safetensors").unlink()  # refused before weights are looked for
    done = run_fettle("evaluate", folder, "--tasks", write_task(), code=1)
    assert sentence(done) == (
        f"fettle: {folder}: has no classification head, which task reviews asks (output_type "
        "classification_head); name a folder whose config.json names one, as "
        "LlamaForSequenceClassification, or give the task output_type multiple_choice")
    done = run_fettle("evaluate", "openai:some@https://example.com/v1", "--tasks", write_task(),
                      code=1)
    assert "openai:some@https://example.com/v1: has no classification head" in sentence(done)
    job = make_job(run_fettle, tmp_path, folder, chat_rows(12), battery=[str(write_task())])
    done = run_fettle("train", *job.arguments(output_dir=str(tmp_path / "run")), code=1)
    assert "has no classification head, which task reviews asks" in sentence(done)
    assert not (tmp_path / "run").exists()


def test_other_uses_of_a_classifier_are_refused(run_fettle, classifier, write_task, tmp_path):
    folder = shutil.copytree(classifier[0], tmp_path / "model")
    (folder / "model.safetensors").unlink()
    done = run_fettle("evaluate", folder, "--tasks", write_task(output_type="multiple_choice"),
                      code=1)
    assert (f"{folder}: has a classification head and writes no text, and task reviews is of "
            "output_type multiple_choice; allowed is classification_head") in sentence(done)
    done = run_fettle("generate", classifier[0], "--prompt", "the sky", code=1)
    assert "LlamaForSequenceClassification: a classification head, which writes no text" in (
        sentence(done))


@pytest.mark.parametrize(("choices", "told"), [
    (["bad", "fair", "fine"], "3 labels are good, bad, fair, and doc_to_choice of task reviews "
                              "gives 3: bad, fair, fine; allowed are"),
    (["bad", "good"], "3 labels are good, bad, fair, and doc_to_choice of task reviews gives 2"),
    ("{{[text]}}", "doc_to_choice is \"{{[text]}}\"; it must be the list of the head's classes"),
])
def test_labels_that_are_not_the_choices(run_fettle, classifier, write_task, tmp_path, choices,
                                         told):
    folder = shutil.copytree(classifier[0], tmp_path / "model")
    (folder / "model.safetensors").unlink()
    done = run_fettle("evaluate", folder, "--tasks", write_task(doc_to_choice=choices), code=1)
    assert told in sentence(done)


@pytest.mark.parametrize(("changes", "told"), [
    ({"problem_type": "multi_label_classification"}, "problem_type is"),
    ({"num_labels": 2}, "2 labels, and id2label names 3"),
    ({"id2label": {"0": "good", "1": "bad", "3": "fair"}}, "gives label 2 the name nothing"),
    ({"id2label": [[[]]]}, "1 labels"),
])
def test_heads_that_are_described_wrongly(run_fettle, classifier, write_task, tmp_path, changes,
                                          told):
    folder = shutil.copytree(classifier[0], tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))
    done = run_fettle("evaluate", folder, "--tasks", write_task(), code=1)
    assert f"{folder}/config.json" in sentence(done) and told in sentence(done)


def test_show_model_names_the_head(run_fettle, classifier):
    shown = run_fettle("show", "model", classifier[0]).stdout
    assert "head of 3 labels" in shown and "score.weight" in shown


def test_weights_that_do_not_fit(run_fettle, classifier, write_task, tmp_path):
    folder = shutil.copytree(classifier[0], tmp_path / "model")
    state = load_file(folder / "model.safetensors")
    head = state.pop("score.weight")
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    done = run_fettle("evaluate", folder, "--tasks", write_task(), code=1)
    assert "tensor \"score.weight\" is missing" in sentence(done)
    state["score.weight"] = head[:2].clone()
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    done = run_fettle("evaluate", folder, "--tasks", write_task(), code=1)
    assert "\"score.weight\" has shape [2, 64]; the configuration wants [3, 64]" in sentence(done)
