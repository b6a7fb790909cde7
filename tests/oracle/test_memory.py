"""A machine with too little memory: one sentence, and nothing half-written under a final name."""

import json
import resource
import struct

import pytest
from safetensors import safe_open
from tiny_jobs import chat_rows, make_base, make_job

VOCABULARY = 4_000_000
GIGABYTE = 10**9


@pytest.fixture
def large(tmp_path):
    """A model whose embedding is 2 GB of bfloat16 zeros that take no room on the disk."""
    base = make_base(tmp_path / "base", tie_word_embeddings=True)
    config = json.loads((base / "config.json").read_text())
    sizes = {"vocab_size": VOCABULARY, "hidden_size": 256}
    (base / "config.json").write_text(json.dumps(config | sizes))
    tensors, end = {}, 0
    with safe_open(base / "model.safetensors", "pt") as file:
        shapes = {name: file.get_slice(name).get_shape() for name in file.keys()}
    for name, shape in shapes.items():
        shape = [256 if size == 64 else size for size in shape]
        if name == "model.embed_tokens.weight":
            shape[0] = VOCABULARY
        elements = 1
        for size in shape:
            elements *= size
        tensors[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + 2 * elements]}
        end += 2 * elements
    header = json.dumps(tensors).encode()
    with (base / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + end)
    return base


def test_a_model_that_does_not_fit(run_fettle, large, tmp_path):
    job = make_job(run_fettle, tmp_path, large, chat_rows(6), max_steps=1, num_threads=1,
                   finetuning_type="full")
    run = tmp_path / "run"
    most = 5 * GIGABYTE  # the file is mapped, but its masters in float32 are 4 GB more
    done = run_fettle(
        "train", *job.arguments(output_dir=str(run)), code=1,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most)))
    [said] = [line for line in done.stderr.splitlines() if line.startswith("fettle: ")]
    assert "out of memory" in said and "smaller" in said
    assert not list(run.glob("*.safetensors")) and not list(run.glob("checkpoint-*"))
    job.run_fettle("train", *job.arguments(output_dir=str(run), model_name_or_path=str(
        make_base(tmp_path / "small"))), "--overwrite")
