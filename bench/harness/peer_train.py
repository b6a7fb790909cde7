"""One peer's training run by transformers and PEFT, in a process of its own.

usage: peer_train.py JOB.json   (prints one JSON object: losses, when each step ended, memory)
The job names the model's folder, an adapter's folder or none, a file of tokenised rows with their
steps, and the settings that fettle's run has too.
"""

import json
import pathlib
import sys
import time

import torch


def load_model(job):
    """The model in float32, its adapter where one is named, compiled where asked for."""
    from transformers import AutoModelForCausalLM
    model = AutoModelForCausalLM.from_pretrained(job["model"], dtype=torch.float32,
                                                 attn_implementation="sdpa")
    model.config.use_cache = False
    if job["adapter"]:
        from peft import PeftModel
        model = PeftModel.from_pretrained(model, job["adapter"], is_trainable=True)
    model.train().to(job["device"])
    return torch.compile(model) if job["compile"] else model


def batches(path):
    """A list of each step's right-padded ids, attention mask (None without padding) and labels."""
    steps = {}
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        steps.setdefault(row["step"], []).append(row)
    out = []
    for _, rows in sorted(steps.items()):
        width = max(len(row["ids"]) for row in rows)
        ids = torch.zeros(len(rows), width, dtype=torch.long)
        mask = torch.zeros_like(ids)
        labels = torch.full_like(ids, -100)
        for i, row in enumerate(rows):
            n = len(row["ids"])
            ids[i, :n] = torch.tensor(row["ids"])
            mask[i, :n] = 1
            labels[i, :n] = torch.where(torch.tensor(row["scored"]), ids[i, :n], -100)
        out.append((ids, None if bool(mask.all()) else mask, labels))
    return out


def memory_bytes():
    """The most memory that this process has held."""
    for line in pathlib.Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def train(model, job):
    """Takes the steps; yields each one's loss and the time at its end."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=job["learning_rate"], weight_decay=0.0,
                                  fused=job["tuned"])
    steps = batches(job["rows"])[:job["steps"]]
    device = job["device"]
    for step, row in enumerate(steps):
        ids, mask, labels = (None if part is None else part.to(device) for part in row)
        for group in optimizer.param_groups:
            group["lr"] = job["learning_rate"] * job["rates"][step]
        with torch.autocast(device, torch.bfloat16, enabled=job["precision"] == "bf16"):
            loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        yield loss.item(), time.time()


def main():
    job = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    torch.set_num_threads(job["threads"])
    model = load_model(job)
    losses, ends = zip(*train(model, job))
    print(json.dumps({"losses": losses, "ends": ends, "memory_bytes": memory_bytes()}))


if __name__ == "__main__":
    main()
