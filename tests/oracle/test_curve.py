"""What real runs of a tiny model say of themselves: troubles that were asked for, and none."""

import json

import pytest
from tiny_jobs import chat_rows, make_base, make_job, write_rows


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def job(run_fettle, base, tmp_path):
    """The same twelve rows in every step, so that a curve is what the learning rate makes of it."""
    rows = write_rows(tmp_path / "eval.jsonl", chat_rows(12, seed=5))
    return make_job(run_fettle, tmp_path, base, chat_rows(12), num_threads=1, max_steps=40,
                    per_device_train_batch_size=12, gradient_accumulation_steps=1,
                    eval_dataset=[str(rows)], eval_strategy="steps", eval_steps=4,
                    finetuning_type="full", lr_scheduler_type="constant", metrics=["loss"])


def findings(run_fettle, run):
    told = json.loads(run_fettle("show", "curve", run, "--json").stdout)
    shown = json.loads(run_fettle("show", "run", run, "--json").stdout)
    assert shown["curve"] == told
    return {one["name"]: one for one in told}


@pytest.mark.parametrize("rate, names", [
    (1e-8, {"learning rate too low"}), (0.003, {"over-fitting"}),
    (1.0, {"divergence", "learning rate too high"})])
def test_the_trouble_that_was_asked_for(job, run_fettle, tmp_path, rate, names):
    run = tmp_path / "run"
    done = run_fettle("train", *job.arguments(output_dir=str(run), learning_rate=rate,
                                              max_grad_norm=0 if rate == 1.0 else 1))
    found = findings(run_fettle, run)
    (name,) = names & found.keys()
    assert found[name]["alarm"]
    assert f"{name}: {found[name]['what']}\n  {found[name]['advice']}\n" in done.stdout


def test_a_sound_run_and_one_that_is_too_short(job, run_fettle):
    same = {"eval_dataset": [str(job.folder / "rows.jsonl")], "lr_scheduler_type": "cosine"}
    found = findings(run_fettle, job.train(learning_rate=0.003, max_steps=60, **same))
    assert not any(one["alarm"] for one in found.values()), found
    assert "sound" in found
    found = findings(run_fettle, job.train(max_steps=5))
    assert list(found) == ["too short"] and "5 reports" in found["too short"]["what"]
    done = run_fettle("show", "curve", job.folder, code=2)
    assert "holds no events.jsonl" in done.stderr
