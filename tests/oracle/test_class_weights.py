"""Class weights in training: the loss of PyTorch's CrossEntropyLoss(weight), however it is packed."""

import collections
import json

import pytest
import torch
import transformers
from safetensors.torch import load_file
from tiny_jobs import COLOURS, WORDS, load, losses, make_base, make_job, steps

WEIGHTS = {"blue": 3, "green": 0.25, "white": 1.5}
LABELS = COLOURS[:4]


def labelled(count):
    return [{"text": f"{WORDS[n % len(WORDS)]} and {WORDS[n * n % 7]}, number {n % 3}",
             "label": LABELS[(n * n + n // 3) % len(LABELS)]} for n in range(count)]


@pytest.fixture(name="base", scope="module")
def _base(tmp_path_factory):
    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(name="job", scope="module")
def _job(run_fettle, base, tmp_path_factory):
    return make_job(run_fettle, tmp_path_factory.mktemp("job"), base, labelled(24),
                    class_weights=WEIGHTS, max_steps=4, adam_epsilon=1e-5,
                    per_device_train_batch_size=6, gradient_accumulation_steps=1)


def label_of(model_folder, ids, scored):
    tokenizer = transformers.AutoTokenizer.from_pretrained(model_folder)
    return tokenizer.decode([i for i, flag in zip(ids, scored) if flag], skip_special_tokens=True)


def torch_loss(model, rows, folder, weights):
    """The window's loss by CrossEntropyLoss(weight): the classes are (label, token) pairs, and a
    row's logits are those of its label's block."""
    blocks, targets = [], []
    vocabulary = model.config.vocab_size
    for ids, scored in rows:
        label = LABELS.index(label_of(folder, ids, scored))
        logits = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, :-1]
        kept = torch.tensor(scored[1:])
        wide = torch.full((int(kept.sum()), vocabulary * len(LABELS)), -torch.inf)
        wide[:, label * vocabulary:(label + 1) * vocabulary] = logits[kept]
        blocks.append(wide)
        targets.append(torch.tensor(ids[1:])[kept] + label * vocabulary)
    weight = torch.repeat_interleave(torch.tensor([weights.get(one, 1.0) for one in LABELS]),
                                     vocabulary)
    judge = torch.nn.CrossEntropyLoss(weight=weight, reduction="mean")
    return judge(torch.cat(blocks), torch.cat(targets))


@pytest.mark.parametrize("batch", [(6, 1), (2, 3)])
def test_the_loss_and_its_gradient_are_pytorchs(run_fettle, base, tmp_path, batch):
    job = make_job(run_fettle, tmp_path, base, labelled(24), class_weights=WEIGHTS, max_steps=4,
                   learning_rate=0.0, finetuning_type="full",
                   per_device_train_batch_size=batch[0], gradient_accumulation_steps=batch[1])
    run, rows = job.train(), job.rows(24)
    assert len(steps(run)) == 4
    for number, step in enumerate(steps(run)):
        model = load(base).train()
        window = [(ids, scored) for at, ids, scored in rows if at == number]
        assert len(window) == 6
        loss = torch_loss(model, window, base, WEIGHTS)
        loss.backward()
        norm = torch.sqrt(sum((p.grad ** 2).sum() for p in model.parameters()))
        assert step["loss"] == pytest.approx(loss.item(), rel=1e-6)
        assert step["grad_norm"] == pytest.approx(norm.item(), rel=1e-5)
        plain = torch_loss(model, window, base, {})
        assert abs(plain.item() - loss.item()) > 1e-3  # the weights are seen


@pytest.mark.parametrize("way", [
    {"packing": True, "share_prefix": True}, {"packing": True, "share_prefix": False},
    {"packing": True, "per_device_train_batch_size": 2, "gradient_accumulation_steps": 3}], ids=str)
def test_packing_and_accumulation_change_nothing(job, way):
    plain, run = job.train(packing=False), job.train(**way)
    assert losses(run)[:2] == pytest.approx(losses(plain)[:2], rel=1e-6)
    assert losses(run) == pytest.approx(losses(plain), rel=1e-5)
    got, expected = (load_file(r / "adapter_model.safetensors") for r in (run, plain))
    for name, value in expected.items():
        assert float((got[name] - value).abs().max()) <= 1e-5, name


def test_auto_is_scikit_learns_balanced(run_fettle, base, tmp_path):
    import numpy
    from sklearn.utils.class_weight import compute_class_weight
    rows = labelled(50)
    job = make_job(run_fettle, tmp_path, base, rows, class_weights="balanced")
    labels = [row["label"] for row in rows]
    wanted = dict(zip(LABELS, compute_class_weight("balanced", classes=numpy.array(LABELS),
                                                   y=labels)))
    plan = json.loads(run_fettle("train", job.recipe, "--plan", "--json").stdout)
    assert plan["class_weights"] == pytest.approx(wanted)
    told = run_fettle("show", "data", job.recipe).stdout
    assert all(f"weight of {label}: {weight:.6g}" in told for label, weight in wanted.items())
    shown = run_fettle("show", "mask", job.recipe, "--json", "--rows", 50).stdout.splitlines()
    for row, line in zip(rows, map(json.loads, shown)):
        assert line.get("weight", 1) == pytest.approx(wanted[row["label"]], rel=1e-6)


def test_what_prepare_weighs_training_takes(run_fettle, base, tmp_path):
    rows = labelled(50)
    for number, row in enumerate(rows):
        row["group"] = "xy"[number % 3 == 0]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    recipe = tmp_path / "prepare.yaml"
    prepared = tmp_path / "prepared"
    weights = tmp_path / "class_weights.yaml"
    recipe.write_text(json.dumps({
        "sources": [str(tmp_path / "rows.jsonl")],
        "stages": [{"class_weights": {"group_by": "group"}}],
        "output": {"output_dir": str(prepared), "keep_notes": ["weight"]}}))
    run_fettle("prepare", recipe, "-q")
    counts = collections.Counter((row["label"], row["group"]) for row in rows)
    by_label = collections.Counter(row["label"] for row in rows)
    by_group = collections.Counter(row["group"] for row in rows)
    job = make_job(run_fettle, tmp_path, base, rows, dataset=[str(prepared)],
                   weight_column="weight")
    shown = run_fettle("show", "mask", job.recipe, "--json", "--rows", 50).stdout.splitlines()
    for row, line in zip(rows, map(json.loads, shown)):
        wanted = (by_label[row["label"]] * by_group[row["group"]] /
                  (len(rows) * counts[row["label"], row["group"]]))
        assert line.get("weight", 1) == pytest.approx(wanted, rel=1e-5)
    # The file of weights is a piece of a training recipe as it stands.
    recipe.write_text(json.dumps({
        "sources": [str(tmp_path / "rows.jsonl")],
        "stages": [{"class_weights": {"file": str(weights)}}],
        "output": {"output_dir": str(prepared)}}))
    run_fettle("prepare", recipe, "-q", "--overwrite")
    job.recipe.write_text(job.recipe.read_text().replace('weight_column: "weight"\n', "") +
                          weights.read_text())
    plan = json.loads(run_fettle("train", job.recipe, "--plan", "--json").stdout)
    assert plan["class_weights"] == pytest.approx(
        {label: 50 / (len(LABELS) * count) for label, count in by_label.items()}, rel=1e-5)


def test_weights_that_cannot_be_are_refused_with_their_line(run_fettle, base, tmp_path):
    job = make_job(run_fettle, tmp_path, base, labelled(10), class_weights={"blue": 0, "red": 2})
    told = run_fettle("train", job.recipe, "--plan", code=2).stderr
    assert 'class_weights holds "blue=0"' in told and "recipe.yaml:" in told
    told = run_fettle("train", job.recipe, "--plan", "--set", "class_weights=red=2", code=2).stderr
    assert 'unknown label "red"' in told and "green" in told
