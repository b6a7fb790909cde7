"""Runs of fettle on a tiny model: a base folder, rows, a recipe, and what came of it."""

import dataclasses
import json
import pathlib
import random

import torch
import transformers
from tiny_models import make_model, make_tokenizer

WORDS = ["sky", "grass", "sun", "sea", "snow", "night", "blood", "rose", "sand", "leaf"]
COLOURS = ["blue", "green", "yellow", "white", "black", "red"]


def make_base(folder, kind=transformers.LlamaForCausalLM, **config):
    make_model(kind, **config).save_pretrained(folder)
    make_tokenizer(folder)
    return folder


def chat_rows(count, seed=0):
    """Conversations of different lengths; some begin alike, so that starts can be shared."""
    rng = random.Random(seed)
    rows = []
    for number in range(count):
        words = " and ".join(rng.sample(WORDS, rng.randrange(1, 4)))
        messages = [{"role": "user", "content": f"which colour has the {words}?"},
                    {"role": "assistant", "content": rng.choice(COLOURS)}]
        if number % 5 == 0:
            messages += [{"role": "user", "content": "and why?"},
                         {"role": "assistant", "content": "it is the answer"}]
        rows.append({"messages": messages})
    return rows


def write_rows(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@dataclasses.dataclass
class Job:
    """A recipe in a folder of its own, run with other values each time."""

    run_fettle: object
    folder: pathlib.Path
    recipe: pathlib.Path
    numbers: int = 0

    def arguments(self, **values):
        """The recipe with --set arguments; a key's section is found by its name alone."""
        out = [self.recipe]
        for key, value in values.items():
            out += ["--set", f"{key}={value if isinstance(value, str) else json.dumps(value)}"]
        return out

    def train(self, *flags, code=0, **values):
        """Runs to the end; the run's folder."""
        self.numbers += 1
        values.setdefault("output_dir", str(self.folder / f"run-{self.numbers}"))
        self.run_fettle("train", *self.arguments(**values), *flags, code=code)
        return pathlib.Path(values["output_dir"])

    def rows(self, count, **values):
        """The rows in the order of training: [(step, ids, scored)]."""
        shown = self.run_fettle("show", "mask", *self.arguments(**values), "--json", "--in-order",
                                "--rows", count).stdout
        return [(row["step"], row["ids"], row["scored"])
                for row in map(json.loads, shown.splitlines())]


def make_job(run_fettle, folder, base, rows, **recipe):
    """recipe: keys of any section over the small defaults here."""
    write_rows(folder / "rows.jsonl", rows)
    keys = {"model_name_or_path": str(base), "dtype": "float32", "device": "cpu",
            "dataset": [str(folder / "rows.jsonl")], "learning_rate": 5e-3, "max_steps": 10,
            "per_device_train_batch_size": 3, "gradient_accumulation_steps": 2,
            "save_strategy": "no", "seed": 7}
    if recipe.get("finetuning_type") != "full":
        keys.update(lora_rank=4, lora_alpha=8)
    keys.update(recipe)
    path = folder / "recipe.yaml"
    path.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in keys.items()))
    return Job(run_fettle, folder, path)


def steps(run):
    """The step events of a run, in order."""
    events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    return [event for event in events if event["event"] == "step"]


def losses(run):
    return [step["loss"] for step in steps(run)]


def load(folder, dtype=torch.float32):
    return transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype, attn_implementation="eager")
