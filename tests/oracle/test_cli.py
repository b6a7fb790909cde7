"""The command line: what the forms for scripts hold, and what wrong input gets."""

import json
import random
import shutil
import signal
import subprocess
import time

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from tiny_jobs import chat_rows, losses, make_base, make_job, steps, write_rows

CHAT = {"messages": [{"role": "user", "content": "which colour has the sky?"},
                     {"role": "assistant", "content": "blue"},
                     {"role": "user", "content": "and snow?"},
                     {"role": "assistant", "content": "white"}]}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def tokenizer(base):
    return transformers.AutoTokenizer.from_pretrained(base)


@pytest.fixture
def job(run_fettle, base, tmp_path):
    return make_job(run_fettle, tmp_path, base, chat_rows(12), max_steps=3)


def sentence(done):
    """The one line that a failed command ends with."""
    lines = [line for line in done.stderr.splitlines() if line.startswith("fettle: ")]
    assert len(lines) == 1, done.stderr[-2000:]
    assert "terminate" not in done.stderr and "Traceback" not in done.stderr
    return lines[0]


# What scripts read --------------------------------------------------------------------------------

@pytest.mark.parametrize("text", ["which colour has the sky?", "", "naïve 你好\n\n 🎉  x",
                                  "<|im_start|>user\nhi<|im_end|>"])
def test_show_tokens(run_fettle, base, tokenizer, text):
    got = json.loads(run_fettle("show", "tokens", "--model", base, "--json", input=text).stdout)
    expected = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    assert got == {"ids": expected.input_ids,
                   "offsets": [list(pair) for pair in expected.offset_mapping]}


def test_show_tokens_with_special_ones(run_fettle, assets):
    folder = assets / "models" / "stories260K"
    show = ["show", "tokens", "--model", folder, "--json"]
    text = "Once upon a time, there was a little girl named Lily."
    plain = json.loads(run_fettle(*show, input=text).stdout)
    special = json.loads(run_fettle(*show, "--special", input=text).stdout)
    golden = json.loads((folder / "golden.json").read_text())["prompt_ids"]
    assert special["ids"] == golden
    assert plain["ids"] == golden[1:]
    assert len(special["offsets"]) == len(golden)


def spans(tokenizer, messages):
    """ids and flags by rendering turn by turn: an assistant's words and its end are scored."""
    def ids(count, prompt=False):
        return tokenizer.apply_chat_template(messages[:count], add_generation_prompt=prompt,
                                             return_dict=False) if count else []
    whole, scored = ids(len(messages)), [False] * len(ids(len(messages)))
    for number, message in enumerate(messages):
        if message["role"] == "assistant":
            begin, end = len(ids(number, prompt=True)), len(ids(number + 1))
            stop = max(i for i in range(begin, end) if whole[i] == tokenizer.eos_token_id)
            scored[begin:stop + 1] = [True] * (stop + 1 - begin)
    return whole, scored


def test_show_chat(run_fettle, base, tokenizer):
    show = ["show", "chat", "--model", base, "--json"]
    got = json.loads(run_fettle(*show, input=json.dumps(CHAT)).stdout)
    ids, scored = spans(tokenizer, CHAT["messages"])
    text = tokenizer.apply_chat_template(CHAT["messages"], tokenize=False)
    assert got == {"text": text, "ids": ids, "scored": scored}
    request = {"messages": CHAT["messages"][:1], "tools": None, "add_generation_prompt": True}
    got = json.loads(run_fettle(*show, input=json.dumps(request)).stdout)
    ids = tokenizer.apply_chat_template(CHAT["messages"][:1], add_generation_prompt=True,
                                        return_dict=False)
    assert got == {"text": tokenizer.decode(ids), "ids": ids, "scored": [False] * len(ids)}


def test_show_chat_passes_tools(run_fettle, base, tmp_path):
    template = tmp_path / "t.jinja"
    template.write_text("{{ tools | tojson }}{{ messages[0]['content'] }}")
    request = {"messages": [{"role": "user", "content": "hi"}], "tools": [{"name": "f", "a": [1]}]}
    got = json.loads(run_fettle("show", "chat", "--model", base, "--json", "--chat-template",
                                template, input=json.dumps(request)).stdout)
    assert got["text"] == '[{"name": "f", "a": [1]}]hi'


def test_show_mask(job, tokenizer):
    rows = chat_rows(12)
    shown = job.run_fettle("show", "mask", *job.arguments(), "--json", "--rows", 12).stdout
    got = [json.loads(line) for line in shown.splitlines()]
    assert len(got) == 12
    for number, (row, given) in enumerate(zip(got, rows)):
        ids, scored = spans(tokenizer, given["messages"])
        kept = len(row["ids"])
        assert ids[:kept] == row["ids"] and scored[:kept] == row["scored"]
        assert not any(scored[kept:])
        assert row["origin"].endswith(f"rows.jsonl:{number + 1}")


# Exit codes ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("arguments, code", [
    (["--help"], 0), (["--version"], 0), (["train", "--help"], 0), (["show", "fields"], 0),
    ([], 2), (["tran"], 2), (["train"], 2), (["train", "--no-such", "x"], 2),
    (["train", "/nonexistent.yaml"], 1), (["show", "tokens"], 2),
    (["generate", "/nonexistent", "--prompt", "x"], 1)], ids=str)
def test_exit_codes(run_fettle, arguments, code):
    done = run_fettle(*arguments, code=code)
    assert (done.stdout if code == 0 else done.stderr).strip()


def test_typos_in_a_recipe_are_all_named_at_once(job):
    with job.recipe.open("a") as recipe:
        recipe.write("learning_rat: 1\nsave_strategi: no\nwarmup_ratio: lots\n")
    lines = job.recipe.read_text().splitlines()
    done = job.run_fettle("train", job.recipe, code=2)
    for key, meant in [("learning_rat", "learning_rate"), ("save_strategi", "save_strategy")]:
        line = next(n for n, text in enumerate(lines, 1) if text.startswith(key + ":"))
        assert f"recipe.yaml:{line}" in done.stderr
        assert f"did you mean {meant}" in done.stderr.replace('"', "")
    assert "warmup_ratio" in done.stderr and "lots" in done.stderr
    done = job.run_fettle("train", job.recipe, "--set", "sed=3", code=2)
    assert "--set" in done.stderr and "seed" in done.stderr


# Models that are none -----------------------------------------------------------------------------

@pytest.fixture
def broken(base, tmp_path):
    """A copy of the base to break."""
    return shutil.copytree(base, tmp_path / "broken")


def test_missing_model_names_the_nearest(run_fettle, broken):
    wrong = broken.with_name("brokex")
    said = sentence(run_fettle("generate", wrong, "--prompt", "x", code=1))
    assert f"{wrong}: there is no such model" in said
    assert str(broken) in said.split("did you mean")[1]


def test_folder_without_weights(run_fettle, broken):
    (broken / "model.safetensors").unlink()
    said = sentence(run_fettle("generate", broken, "--prompt", "x", code=1))
    assert str(broken) in said and "safetensors" in said


def test_folder_of_pickles(run_fettle, broken):
    state = load_file(broken / "model.safetensors")
    (broken / "model.safetensors").unlink()
    torch.save(state, broken / "pytorch_model.bin")
    said = sentence(run_fettle("generate", broken, "--prompt", "x", code=1))
    assert "pytorch_model.bin" in said and "pickle" in said and "save_pretrained" in said


def test_truncated_safetensors(run_fettle, broken):
    path = broken / "model.safetensors"
    whole = path.read_bytes()
    rng = random.Random(0)
    for size in [0, 7, 8, 100, len(whole) - 1, *(rng.randrange(len(whole)) for _ in range(3))]:
        path.write_bytes(whole[:size])
        assert str(path) in sentence(run_fettle("generate", broken, "--prompt", "x", code=1))


def test_truncated_gguf(run_fettle, assets, tmp_path):
    whole = (assets / "models/stories260K/stories260K.f32.gguf").read_bytes()
    path = tmp_path / "cut.gguf"
    rng = random.Random(0)
    for size in [0, 3, 24, 2000, len(whole) - 1, *(rng.randrange(len(whole)) for _ in range(3))]:
        path.write_bytes(whole[:size])
        assert str(path) in sentence(run_fettle("generate", path, "--raw", "--prompt", "x", code=1))


def test_tensor_of_another_shape(run_fettle, broken):
    path = broken / "model.safetensors"
    state = load_file(path)
    name = "model.layers.1.mlp.up_proj.weight"
    state[name] = state[name][:, :-1].contiguous()
    del state["model.norm.weight"]
    save_file(state, path, metadata={"format": "pt"})
    said = sentence(run_fettle("generate", broken, "--prompt", "x", code=1))
    assert name in said and "[96, 63]" in said and "[96, 64]" in said
    assert "model.norm.weight" in said


# Rows ---------------------------------------------------------------------------------------------

def test_empty_file_of_rows(job):
    (job.folder / "rows.jsonl").write_text("")
    said = sentence(job.run_fettle("train", job.recipe, "--set", "output_dir=" + str(
        job.folder / "run"), code=1))
    assert "rows.jsonl" in said
    (job.folder / "rows.jsonl").unlink()
    said = sentence(job.run_fettle("train", job.recipe, "--set", "output_dir=" + str(
        job.folder / "run2"), code=1))
    assert "rows.jsonl" in said


@pytest.mark.parametrize("line", ['{"messages": [', '{"messages": "x"}', '{"other": 1}', "\x00",
                                  '{"messages": [{"role": "user", "content": "no answer"}]}'])
def test_malformed_row_is_named(job, line):
    rows = [json.dumps(row) for row in chat_rows(5)]
    rows[3] = line
    (job.folder / "rows.jsonl").write_text("\n".join(rows) + "\n")
    run = ["train", *job.arguments(output_dir=str(job.folder / "run"))]
    done = job.run_fettle(*run, code=1)
    assert "rows.jsonl:4" in done.stderr and "max_bad_rows" in done.stderr
    job.run_fettle(*run, "--overwrite", "--set", "max_bad_rows=1")


@pytest.mark.parametrize("policy, kept", [("drop", 5), ("truncate_left", 6), ("truncate_right", 5),
                                          ("split", 6), ("error", 0)])
def test_rows_that_are_too_long(job, tokenizer, policy, kept):
    rows = [{"messages": [{"role": "user", "content": "sky?"},
                          {"role": "assistant", "content": "blue"}]} for _ in range(5)]
    rows.append({"messages": [{"role": "user", "content": "sky " * 40},
                              {"role": "assistant", "content": "blue"}]})
    write_rows(job.folder / "rows.jsonl", rows)
    length = 32
    whole, scored = spans(tokenizer, rows[-1]["messages"])
    assert len(whole) > length >= len(spans(tokenizer, rows[0]["messages"])[0])
    arguments = job.arguments(truncation=policy, max_length=length, max_bad_rows=1)
    done = job.run_fettle("show", "mask", *arguments, "--json", "--rows", 99,
                          code=1 if policy == "error" else 0)
    if policy == "error":
        assert "rows.jsonl:6" in sentence(done) and str(length) in sentence(done)
        return
    got = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(got) == kept and all(len(row["ids"]) <= length for row in got)
    counts = job.run_fettle("show", "mask", *arguments).stdout.splitlines()[-1]
    assert "6 rows" in counts and "1" in counts.split("6 rows")[1]
    if kept > 5:  # the answer is at the row's end
        kept_ids = [token for token, flag in zip(got[-1]["ids"], got[-1]["scored"]) if flag]
        assert kept_ids == [token for token, flag in zip(whole, scored) if flag]


# Runs ---------------------------------------------------------------------------------------------

def test_numbers_that_are_none_stop_the_run(run_fettle, base, tmp_path):
    """Three steps in a row without a finite loss: one sentence, and no result that looks whole."""
    bad = shutil.copytree(base, tmp_path / "bad")
    state = load_file(bad / "model.safetensors")
    state["model.norm.weight"][5] = float("nan")
    save_file(state, bad / "model.safetensors", metadata={"format": "pt"})
    job = make_job(run_fettle, tmp_path, bad, chat_rows(12), max_steps=9)
    arguments = job.arguments(output_dir=str(tmp_path / "run"))
    said = sentence(run_fettle("train", *arguments, code=1))
    assert "step 3" in said and "3 times in a row" in said and "learning_rate" in said
    assert not (tmp_path / "run" / "adapter_model.safetensors").exists()
    events = (tmp_path / "run" / "events.jsonl").read_text()
    assert events.count("skipped") == 3


def test_a_learning_rate_that_overflows_stops_the_run(run_fettle, base, tmp_path):
    job = make_job(run_fettle, tmp_path, base, chat_rows(12), max_steps=30,
                   finetuning_type="full", learning_rate=10.0, max_grad_norm=0.0, adam_beta1=0.0,
                   weight_decay=10.0, lr_scheduler_type="constant")
    arguments = job.arguments(output_dir=str(tmp_path / "run"))
    said = sentence(run_fettle("train", *arguments, code=1))
    assert "3 times in a row" in said and "learning_rate" in said


def test_output_folder_that_cannot_be_made(job):
    in_the_way = job.folder / "file"
    in_the_way.write_text("mine")
    for folder in [in_the_way, in_the_way / "run", "/proc/fettle-run"]:
        done = job.run_fettle("train", *job.arguments(output_dir=str(folder)), code=1)
        assert str(folder) in sentence(done)
    assert in_the_way.read_text() == "mine"


def wait_for(path, process, seconds=120):
    end = time.monotonic() + seconds
    while not (path.is_file() and path.read_text().count('"step"') > 3):
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.05)


def test_lock_stop_and_resume(fettle, job):
    run = job.folder / "run"
    recipe = dict(max_steps=120, save_strategy="steps", save_steps=50, save_total_limit=2)
    whole = job.train(**recipe)
    arguments = [str(a) for a in job.arguments(output_dir=str(run), **recipe)]
    first = subprocess.Popen([str(fettle), "train", *arguments], stderr=subprocess.PIPE, text=True)
    try:
        wait_for(run / "events.jsonl", first)
        first.send_signal(signal.SIGSTOP)  # it stays in the middle while others knock
        before = sentence(job.run_fettle("train", *arguments, "--resume", code=2))
        assert str(run) in before
        sentence(job.run_fettle("train", *arguments, "--overwrite", code=2))
        first.send_signal(signal.SIGTERM)
        first.send_signal(signal.SIGCONT)
        _, said = first.communicate(timeout=60)
        assert first.returncode == 75 and "--resume" in said.splitlines()[-1]
    finally:
        first.kill()
    assert not (run / "adapter_model.safetensors").exists()
    job.run_fettle("train", *arguments, "--resume")
    name = "adapter_model.safetensors"
    assert (run / name).read_bytes() == (whole / name).read_bytes()
    assert losses(run) == losses(whole)
    assert [step["step"] for step in steps(run)] == list(range(1, 121))


def test_resume_with_another_recipe_is_refused(job):
    run = job.train()
    done = job.run_fettle("train", *job.arguments(output_dir=str(run), seed=8), "--resume", code=2)
    assert "train.seed" in sentence(done)
    job.run_fettle("train", *job.arguments(output_dir=str(run)), "--resume")  # nothing to do


def test_overwrite(job):
    run = job.train(max_steps=2)
    first = (run / "adapter_model.safetensors").read_bytes()
    arguments = job.arguments(output_dir=str(run), max_steps=3)
    said = sentence(job.run_fettle("train", *arguments, code=2))
    assert str(run) in said and "--resume" in said and "--overwrite" in said
    assert (run / "adapter_model.safetensors").read_bytes() == first
    job.run_fettle("train", *arguments, "--overwrite")
    assert (run / "adapter_model.safetensors").read_bytes() != first
    assert not (run / "checkpoint-2").exists() and (run / "checkpoint-3").is_dir()
    sentence(job.run_fettle("train", *arguments, "--overwrite", "--resume", code=2))


@pytest.mark.parametrize("files", [["thesis.txt"], ["recipe.yaml", "rows.jsonl"]], ids=str)
def test_a_folder_of_other_files_is_never_emptied(job, files):
    folder = job.folder / "mine"
    folder.mkdir()
    for name in files:
        (folder / name).write_text("mine")
    for flags in [[], ["--overwrite"]]:
        done = job.run_fettle("train", *job.arguments(output_dir=str(folder)), *flags, code=2)
        assert str(folder) in sentence(done)
    assert {path.name for path in folder.iterdir()} - {".lock"} == set(files)
    assert all((folder / name).read_text() == "mine" for name in files)


def test_overwrite_leaves_what_is_no_part_of_a_run(job):
    run = job.train(max_steps=2)
    (run / "notes.txt").write_text("mine")
    job.run_fettle("train", *job.arguments(output_dir=str(run)), "--overwrite", code=2)
    assert (run / "notes.txt").read_text() == "mine"
    assert (run / "adapter_model.safetensors").is_file()


def test_plan_reads_no_weights(job, base, tmp_path):
    shell = shutil.copytree(base, tmp_path / "shell")
    shape = sum(value.numel() for value in load_file(shell / "model.safetensors").values())
    (shell / "model.safetensors").unlink()
    arguments = job.arguments(model_name_or_path=str(shell), output_dir=str(tmp_path / "run"))
    plan = json.loads(job.run_fettle("train", *arguments, "--plan", "--json").stdout)
    assert plan["parameters"] == shape and plan["steps"] == 3
    sizes = [(64, 64), (64, 32), (64, 32), (64, 64), (64, 96), (64, 96), (96, 64)]
    assert plan["trainable_parameters"] == 2 * sum(4 * (a + b) for a, b in sizes)
    assert plan["memory_bytes"] > 0 and plan["seconds"] > 0
    assert not (tmp_path / "run").exists()
    shown = job.run_fettle("train", *arguments, "--plan").stdout
    for word in ["parameters", "steps", "memory", "time"]:
        assert word in shown
