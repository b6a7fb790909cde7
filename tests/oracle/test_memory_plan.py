"""The memory that a plan says, beside what the process took; layers computed again to stay within."""

import json
import pathlib

import pytest
from tiny_jobs import chat_rows, losses, make_base, make_job

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(name="demo", scope="module")
def _demo(run_fettle, smollm_gguf, tmp_path_factory):
    """demo(verb's flags, code, key=value...) runs three steps of the demo's recipe."""
    folder = tmp_path_factory.mktemp("memory")

    def run(*flags, code=0, **values):
        values = {"model_name_or_path": str(smollm_gguf), "output_dir": str(folder / "run"),
                  "before_training": "false", "after_training": "false", "save_strategy": "no",
                  "max_steps": 3, "share_prefix": "false", **values}
        arguments = [part for key, value in values.items() for part in ("--set", f"{key}={value}")]
        return run_fettle("train", ROOT / "recipes" / "demo.yaml", *arguments, "--overwrite",
                          *flags, code=code)

    run.folder = folder / "run"
    return run


# Each loads SmolLM2 twice.
SETTINGS = [
    {},
    {"share_prefix": "true"},
    {"lora_rank": 64},
    {"lora_dropout": 0.1},
    {"dtype": "bfloat16"},
    {"gradient_checkpointing": "true"},
    {"max_memory_gb": 1.2, "dtype": "float32"},
    {"finetuning_type": "full", "learning_rate": 1e-5, "per_device_train_batch_size": 4},
    {"finetuning_type": "full", "learning_rate": 1e-5, "per_device_train_batch_size": 4,
     "dtype": "bfloat16"},
]


@pytest.mark.slow
@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_the_process_takes_what_the_plan_says(demo, setting):
    plan = json.loads(demo("--plan", "--json", **setting).stdout)
    demo(**setting)
    events = map(json.loads, (demo.folder / "events.jsonl").read_text().splitlines())
    taken = max(event.get("memory_bytes", 0) for event in events)
    assert plan["memory_bytes"] == pytest.approx(taken, rel=0.05)
    if "max_memory_gb" in setting:
        assert 0 < plan["recomputed_layers"] < 30
        assert taken <= setting["max_memory_gb"] * 1e9


def test_what_does_not_fit_is_refused_before_the_model_is_loaded(demo):
    told = demo(code=2, max_memory_gb=0.85, per_device_train_batch_size=64).stderr
    assert "max_memory_gb allows 850 MB" in told
    assert "per_device_train_batch_size: " in told and "gradient_accumulation_steps: " in told
    told = demo(code=2, max_memory_gb=0.3).stderr
    assert "a row at a time would still take" in told and "smaller model" in told
    plan = json.loads(demo("--plan", "--json", max_memory_gb=0.3).stdout)
    assert plan["fits"] is False and plan["memory_limit_bytes"] == 300_000_000
    assert "does not fit" in demo("--plan", max_memory_gb=0.3).stdout


@pytest.mark.parametrize("more", [{}, {"lora_dropout": 0.2}, {"finetuning_type": "full"}], ids=str)
def test_computing_again_changes_no_byte(run_fettle, tmp_path, more):
    job = make_job(run_fettle, tmp_path, make_base(tmp_path / "base"), chat_rows(30), max_steps=4,
                   **more)
    kept, again = job.train(), job.train(gradient_checkpointing="true")
    assert losses(kept) == losses(again)
    name = "model.safetensors" if "finetuning_type" in more else "adapter_model.safetensors"
    assert (kept / name).read_bytes() == (again / name).read_bytes()


def test_a_run_goes_on_with_another_share_of_memory(run_fettle, tmp_path):
    job = make_job(run_fettle, tmp_path, make_base(tmp_path / "base"), chat_rows(30), max_steps=4,
                   save_strategy="steps", save_steps=2, save_total_limit=0)
    whole = job.train()
    result = (whole / "adapter_model.safetensors").read_bytes()
    job.run_fettle("train", *job.arguments(output_dir=str(whole), gradient_checkpointing="true",
                                           resume_from_checkpoint=str(whole / "checkpoint-2")),
                   "--resume")
    assert (whole / "adapter_model.safetensors").read_bytes() == result
