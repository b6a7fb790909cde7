"""Training against PyTorch, step by step: losses, norms, learning rates and the final weights."""

import json

import peft
import pytest
import tiny_jobs
import torch
from safetensors.torch import load_file
from tiny_models import cosine, relative
from tiny_jobs import chat_rows, load, losses, make_base, make_job, steps

STEPS = 10
BATCH = 3
WARMUP = 2
SETTINGS = {"weight_decay": 0.1, "max_grad_norm": 0.5, "warmup_steps": WARMUP, "adam_beta2": 0.98}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_base(tmp_path_factory.mktemp("base"))


def padded(rows, pad):
    """A micro-batch as transformers takes it: right-padded, with -100 where nothing is scored."""
    length = max(len(ids) for ids, _ in rows)
    ids = torch.full((len(rows), length), pad)
    labels = torch.full((len(rows), length), -100)
    mask = torch.zeros(len(rows), length, dtype=torch.long)
    for number, (row, scored) in enumerate(rows):
        ids[number, :len(row)] = torch.tensor(row)
        mask[number, :len(row)] = 1
        for place, flag in enumerate(scored):
            if flag:
                labels[number, place] = row[place]
    return ids, mask, labels


def rate(step, peak):
    """transformers' linear schedule with warm-up."""
    if step < WARMUP:
        return peak * step / WARMUP
    return peak * (STEPS - step) / (STEPS - WARMUP)


def train(model, rows, peak):
    """The loop as PyTorch writes it; [(loss, norm before clipping)] of the steps."""
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    groups = [{"params": [p for _, p in named if p.dim() > 1],
               "weight_decay": SETTINGS["weight_decay"]},
              {"params": [p for _, p in named if p.dim() <= 1], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=peak, betas=(0.9, SETTINGS["adam_beta2"]), eps=1e-8)
    out = []
    for step in range(STEPS):
        window = [(ids, scored) for at, ids, scored in rows if at == step]
        counted = sum(sum(scored) for _, scored in window)
        optimizer.zero_grad()
        total = 0.0
        for begin in range(0, len(window), BATCH):
            ids, mask, labels = padded(window[begin:begin + BATCH], pad=0)
            logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits
            loss = torch.nn.functional.cross_entropy(
                logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), reduction="sum") / counted
            loss.backward()
            total += loss.item()
        norm = torch.nn.utils.clip_grad_norm_([p for _, p in named], SETTINGS["max_grad_norm"])
        for group in optimizer.param_groups:
            group["lr"] = rate(step, peak)
        optimizer.step()
        out.append((total, float(norm)))
    return out


def assert_same_course(run, expected, peak):
    got = steps(run)
    assert [step["step"] for step in got] == list(range(1, STEPS + 1))
    assert [s["loss"] for s in got] == pytest.approx([loss for loss, _ in expected], rel=1e-5)
    assert [s["grad_norm"] for s in got] == pytest.approx([n for _, n in expected], rel=1e-4)
    assert [s["learning_rate"] for s in got] == pytest.approx(
        [rate(step, peak) for step in range(STEPS)], rel=1e-12)
    clipped = [norm > SETTINGS["max_grad_norm"] for _, norm in expected]
    assert any(clipped)
    assert expected[-1][0] < 0.8 * expected[0][0]  # it learns


def assert_same_change(got, expected, initial):
    """Both moved away from the same start in the same direction, as far."""
    assert set(got) == set(expected) == set(initial)
    for name, start in initial.items():
        assert cosine(got[name] - start, expected[name] - start) >= 0.9999, name
        assert relative(got[name], expected[name]) <= 1e-3, name


def test_lora_equals_pytorch(run_fettle, base, tmp_path):
    peak = 2e-2
    job = make_job(run_fettle, tmp_path, base, chat_rows(17), learning_rate=peak, **SETTINGS)
    start = job.train(max_steps=1, learning_rate=0.0, warmup_steps=0)
    model = peft.PeftModel.from_pretrained(load(base), start, is_trainable=True)
    initial = load_file(start / "adapter_model.safetensors")
    assert all(value.abs().max() == 0 for name, value in initial.items() if "lora_B" in name)
    run = job.train()
    assert_same_course(run, train(model, job.rows(60), peak), peak)
    expected = {name: value.detach().clone()
                for name, value in peft.get_peft_model_state_dict(model).items()}
    assert_same_change(load_file(run / "adapter_model.safetensors"), expected, initial)


def test_full_fine_tuning_equals_pytorch(run_fettle, base, tmp_path):
    peak = 2e-3
    job = make_job(run_fettle, tmp_path, base, chat_rows(17), learning_rate=peak,
                   finetuning_type="full", **SETTINGS)
    model = load(base).train()
    initial = {name: value.clone() for name, value in model.state_dict().items()}
    run = job.train()
    assert_same_course(run, train(model, job.rows(60), peak), peak)
    assert_same_change(dict(load(run).state_dict()), dict(model.state_dict()), initial)


# The same step, computed in other ways ------------------------------------------------------------

@pytest.fixture(scope="module")
def job(run_fettle, base, tmp_path_factory):
    # Adam divides by the gradient's size: an epsilon above the rounding of gradients that are
    # nearly zero keeps that rounding out of the weights.
    return make_job(run_fettle, tmp_path_factory.mktemp("ways"), base, chat_rows(24),
                    per_device_train_batch_size=6, gradient_accumulation_steps=1, max_steps=4,
                    adam_epsilon=1e-5)


@pytest.fixture(scope="module")
def plain(job):
    return job.train(packing=False)


@pytest.mark.parametrize("way", [
    {"packing": False, "per_device_train_batch_size": 2, "gradient_accumulation_steps": 3},
    {"packing": True, "share_prefix": False},
    {"packing": True, "share_prefix": True},
    {"packing": True, "per_device_train_batch_size": 1, "gradient_accumulation_steps": 6},
    {"packing": True, "per_device_train_batch_size": 3, "gradient_accumulation_steps": 2}], ids=str)
def test_packing_and_accumulation_change_nothing(job, plain, way):
    run = job.train(**way)
    assert losses(run)[:2] == pytest.approx(losses(plain)[:2], rel=1e-6)
    assert losses(run) == pytest.approx(losses(plain), rel=1e-5)
    got, expected = (load_file(r / "adapter_model.safetensors") for r in (run, plain))
    for name, value in expected.items():
        assert float((got[name] - value).abs().max()) <= 1e-5, name


def test_sharing_computes_fewer_tokens(job):
    shared, apart = (steps(job.train(share_prefix=share))[0] for share in (True, False))
    assert shared["tokens"] == apart["tokens"] == apart["computed_tokens"]
    assert shared["computed_tokens"] < apart["computed_tokens"]


@pytest.mark.parametrize("kind, rate, weights", [
    ("lora", 5e-3, "adapter_model.safetensors"), ("full", 1e-6, "model.safetensors")],
    ids=["lora", "full"])
def test_bfloat16_follows_float32(run_fettle, base, tmp_path, kind, rate, weights):
    """The full run's steps are below half a bfloat16 of most weights: masters alone keep them."""
    job = make_job(run_fettle, tmp_path, base, chat_rows(24), per_device_train_batch_size=6,
                   gradient_accumulation_steps=1, max_steps=6, adam_epsilon=1e-5,
                   finetuning_type=kind, learning_rate=rate)
    exact, half = (job.train(dtype=dtype) for dtype in ("float32", "bfloat16"))
    assert losses(half) == pytest.approx(losses(exact), rel=5e-3)
    assert losses(half) != losses(exact)
    start = load_file(job.train(max_steps=1, learning_rate=0.0) / weights)
    for name, value in load_file(half / weights).items():
        assert value.dtype == torch.float32
        expected = load_file(exact / weights)[name] - start[name]
        assert cosine(value - start[name], expected) >= 0.95, name


# The demo's first step ----------------------------------------------------------------------------

@pytest.mark.slow
def test_first_step_of_the_demo(run_fettle, root, smollm_gguf, smollm_folder, tmp_path):
    recipe = root / "recipes" / "demo.yaml"
    values = {"model_name_or_path": str(smollm_gguf), "output_dir": str(tmp_path / "run"),
              "max_steps": 1, "learning_rate": 0.0, "dtype": "float32", "device": "cpu",
              "before_training": False, "after_training": False}
    job = tiny_jobs.Job(run_fettle, tmp_path, recipe)
    run = job.train(**values)
    rows = [(ids, scored) for step, ids, scored in job.rows(16, **values) if step == 0]
    assert len(rows) == 16
    model = peft.PeftModel.from_pretrained(load(smollm_folder), run, is_trainable=True)
    ids, mask, labels = padded(rows, pad=2)
    loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(
        [p for p in model.parameters() if p.requires_grad], 1.0)
    [step] = steps(run)
    assert step["loss"] == pytest.approx(float(loss), abs=1e-4)
    assert step["grad_norm"] == pytest.approx(float(norm), rel=1e-3)
    base = json.loads((run / "adapter_config.json").read_text())["base_model_name_or_path"]
    assert base == str(smollm_gguf)
