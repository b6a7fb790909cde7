"""Adapters and merged models against PEFT and transformers, both ways."""

import json

import peft
import pytest
import tiny_models
import torch
import transformers
from safetensors.torch import load_file, save_file
from tiny_models import assert_same_logits, compute, relative
from tiny_jobs import chat_rows, load, make_base, make_job

ROWS = [tiny_models.random_ids(40, 1), tiny_models.random_ids(25, 2)]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_base(tmp_path_factory.mktemp("base"))


def make_adapter(base, folder, seed=3, **config):
    """An adapter as PEFT writes it, with a B that matters."""
    torch.manual_seed(seed)
    config = {"r": 4, "lora_alpha": 8, "target_modules": "all-linear", "task_type": "CAUSAL_LM",
              **config}
    model = peft.get_peft_model(load(base), peft.LoraConfig(**config))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.normal_(std=0.1)
    model.save_pretrained(folder)
    return folder


def with_adapter(base, adapter):
    return peft.PeftModel.from_pretrained(load(base), adapter).eval()


def edit_config(adapter, **changes):
    path = adapter / "adapter_config.json"
    config = json.loads(path.read_text())
    config.update(changes)
    path.write_text(json.dumps(config))


# Adapters -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("config", [
    {}, {"use_rslora": True}, {"lora_target": ["q_proj", "v_proj"]},
    {"lora_target": ["*.1.mlp.*_proj"], "lora_alpha": 6.5}], ids=str)
def test_peft_loads_what_fettle_trained(run_fettle, probe, base, tmp_path, config):
    job = make_job(run_fettle, tmp_path, base, chat_rows(12), max_steps=3, **config)
    run = job.train()
    model = with_adapter(base, run)
    assert_same_logits(probe(base, ROWS, adapter=run), compute(model, ROWS), 1e-5)
    plain = compute(load(base), ROWS)
    assert relative(compute(model, ROWS)["logits.0"], plain["logits.0"]) > 1e-3  # it has learnt
    saved = load_file(run / "adapter_model.safetensors")
    theirs = peft.get_peft_model_state_dict(model)
    assert set(saved) == set(theirs)
    for name, value in theirs.items():
        assert torch.equal(saved[name], value), name


@pytest.mark.parametrize("config", [
    {}, {"use_rslora": True, "r": 8}, {"target_modules": ["q_proj", "v_proj"]},
    {"target_modules": ["model.layers.0.mlp.up_proj"], "lora_alpha": 3},
    {"target_modules": r".*\.self_attn\.[kv]_proj"},
    {"target_modules": ["down_proj"], "layers_to_transform": [1], "lora_dropout": 0.3},
    {"exclude_modules": ["o_proj"]}], ids=str)
def test_fettle_loads_what_peft_made(probe, base, tmp_path, config):
    adapter = make_adapter(base, tmp_path / "adapter", **config)
    got = probe(base, ROWS, adapter=adapter)
    assert_same_logits(got, compute(with_adapter(base, adapter), ROWS), 1e-5)


def test_minimal_config_with_unknown_keys(probe, base, tmp_path):
    adapter = make_adapter(base, tmp_path / "adapter")
    expected = compute(with_adapter(base, adapter), ROWS)
    (adapter / "adapter_config.json").write_text(json.dumps(
        {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["q_proj"],
         "a_key_of_tomorrow": {"x": 1}}))
    assert_same_logits(probe(base, ROWS, adapter=adapter), expected, 1e-5)


def test_adapter_in_half_precision(probe, base, tmp_path):
    adapter = make_adapter(base, tmp_path / "adapter")
    path = adapter / "adapter_model.safetensors"
    save_file({name: value.bfloat16() for name, value in load_file(path).items()}, path)
    assert_same_logits(probe(base, ROWS, adapter=adapter),
                       compute(with_adapter(base, adapter), ROWS), 1e-5)


@pytest.mark.parametrize("config, said", [
    ({"use_dora": True}, "use_dora"),
    ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
    ({"rank_pattern": {"q_proj": 2}}, "rank_pattern"),
    ({"alpha_pattern": {"q_proj": 2}}, "alpha_pattern"),
    ({"bias": "all"}, "bias")])
def test_other_adapters_are_refused_by_name(run_fettle, base, tmp_path, config, said):
    adapter = make_adapter(base, tmp_path / "adapter", **config)
    done = run_fettle("generate", base, "--adapter", adapter, "--prompt", "x", code=1)
    assert said in done.stderr and "adapter_config.json" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_adapters_that_do_not_fit_are_refused(run_fettle, base, tmp_path):
    wide = make_base(tmp_path / "wide", hidden_size=96)
    adapter = make_adapter(wide, tmp_path / "adapter")
    done = run_fettle("generate", base, "--adapter", adapter, "--prompt", "x", code=1)
    assert "q_proj" in done.stderr and "[4, 96]" in done.stderr and "[4, 64]" in done.stderr
    deep = make_base(tmp_path / "deep", num_hidden_layers=3)
    adapter = make_adapter(deep, tmp_path / "deeper")
    done = run_fettle("generate", base, "--adapter", adapter, "--prompt", "x", code=1)
    assert "28 of its 42 tensors" in done.stderr


def test_training_goes_on_from_an_adapter_of_peft(run_fettle, probe, base, tmp_path):
    adapter = make_adapter(base, tmp_path / "adapter", target_modules=["q_proj", "up_proj"],
                           use_rslora=True)
    job = make_job(run_fettle, tmp_path, base, chat_rows(6), max_steps=1, learning_rate=0.0,
                   adapter_name_or_path=str(adapter))
    run = job.train()
    expected = compute(with_adapter(base, adapter), ROWS)
    assert_same_logits(compute(with_adapter(base, run), ROWS), expected, 1e-5)
    assert_same_logits(probe(base, ROWS, adapter=run), expected, 1e-5)


# Merged models ------------------------------------------------------------------------------------

LLAMA, MISTRAL, QWEN2 = (transformers.LlamaForCausalLM, transformers.MistralForCausalLM,
                         transformers.Qwen2ForCausalLM)
KINDS = {
    "llama": (LLAMA, {}),
    "tied": (LLAMA, {"tie_word_embeddings": True}),
    "biases": (LLAMA, {"attention_bias": True, "mlp_bias": True, "head_dim": 32}),
    "linear": (LLAMA, {"rope_parameters": {"rope_type": "linear", "rope_theta": 5e4,
                                           "factor": 4.0}}),
    "llama3": (LLAMA, {"rope_parameters": {
        "rope_type": "llama3", "rope_theta": 1e4, "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 32}}),
    "yarn": (LLAMA, {"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0,
                                         "original_max_position_embeddings": 32}}),
    "mistral": (MISTRAL, {"sliding_window": None}),
    "qwen2": (QWEN2, {"use_sliding_window": False}),
}


@pytest.mark.parametrize("name", KINDS)
def test_merged_folder_loads_in_transformers(run_fettle, base, tmp_path, name):
    kind, config = KINDS[name]
    base = make_base(tmp_path / "base", kind, **config)
    adapter = make_adapter(base, tmp_path / "adapter")
    done = run_fettle("merge", base, "--adapter", adapter, "-o", tmp_path / "merged", "--json")
    assert json.loads(done.stdout)["merged_layers"] == 14
    merged = load(tmp_path / "merged").eval()
    assert_same_logits(compute(merged, ROWS), compute(with_adapter(base, adapter), ROWS))
    given = load(base).config
    for key in ["vocab_size", "tie_word_embeddings", "max_position_embeddings", "rms_norm_eps",
                "eos_token_id", "bos_token_id", "sliding_window"]:
        assert getattr(merged.config, key, None) == getattr(given, key, None), key
    assert given.rope_parameters.items() <= merged.config.rope_parameters.items()


@pytest.mark.parametrize("dtype, bound", [("bfloat16", 4e-2), ("float16", 8e-3)])
def test_merged_in_half_precision(run_fettle, base, tmp_path, dtype, bound):
    adapter = make_adapter(base, tmp_path / "adapter")
    run_fettle("merge", base, "--adapter", adapter, "-o", tmp_path / "merged", "--dtype", dtype)
    merged = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "merged", dtype="auto")
    assert merged.dtype == getattr(torch, dtype)
    # Computed in float32, so that the rounding of the weights alone is seen.
    assert_same_logits(compute(load(tmp_path / "merged").eval(), ROWS),
                       compute(with_adapter(base, adapter), ROWS), bound)


def test_merged_from_the_run_alone_keeps_its_text_side(run_fettle, probe, base, tmp_path):
    run = make_job(run_fettle, tmp_path, base, chat_rows(12), max_steps=3).train()
    run_fettle("merge", run, "-o", tmp_path / "merged")
    merged = load(tmp_path / "merged").eval()
    expected = compute(with_adapter(base, run), ROWS)
    assert_same_logits(compute(merged, ROWS), expected)
    assert_same_logits(probe(tmp_path / "merged", ROWS), expected)
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path / "merged")
    original = transformers.AutoTokenizer.from_pretrained(base)
    assert theirs.chat_template == original.chat_template
    for row in chat_rows(6, seed=4):
        assert (theirs.apply_chat_template(row["messages"], return_dict=False)
                == original.apply_chat_template(row["messages"], return_dict=False))


def test_merge_never_replaces_a_folder(run_fettle, base, tmp_path):
    adapter = make_adapter(base, tmp_path / "adapter")
    (tmp_path / "there").mkdir()
    done = run_fettle("merge", base, "--adapter", adapter, "-o", tmp_path / "there", code=2)
    assert "exists already" in done.stderr
    assert list((tmp_path / "there").iterdir()) == []


@pytest.mark.slow
def test_merged_from_gguf(run_fettle, smollm_gguf, smollm_folder, tmp_path):
    adapter = make_adapter(smollm_folder, tmp_path / "adapter", target_modules=["q_proj", "v_proj"])
    path = adapter / "adapter_model.safetensors"
    save_file({name: value * 0.3 for name, value in load_file(path).items()}, path)
    run_fettle("merge", smollm_gguf, "--adapter", adapter, "-o", tmp_path / "merged")
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "merged")
    original = transformers.AutoTokenizer.from_pretrained(smollm_folder)
    text = "The cat's 42 hats — naïve, 你好 🎉\n\n  <|im_start|>user\nHi<|im_end|>"
    rows = [original(text).input_ids]
    assert [tokenizer(text).input_ids] == rows
    chat = [{"role": "user", "content": "Hi"}]
    assert (tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
            == original.apply_chat_template(chat, tokenize=False, add_generation_prompt=True))
    assert_same_logits(compute(load(tmp_path / "merged").eval(), rows),
                       compute(with_adapter(smollm_folder, adapter), rows))
