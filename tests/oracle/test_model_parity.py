"""The model against transformers: logits, loss, gradients and greedy text, from every format."""

import json

import gguf
import numpy
import pytest
import tiny_models
import torch
import transformers
from safetensors.torch import load_file, save_file
from tiny_models import assert_same_gradients, assert_same_logits, compute, make_model, relative

TEXTS = ["The capital of France is Paris. It lies on the river Seine, and about two million "
         "people live there.",
         "def add(a, b):\n    return a + b\n\nprint(add(2, 3))"]
PROMPTS = ["What is the capital of France?", "Write one sentence about the sea.",
           "Name three colours."]


def load(folder, dtype=torch.float32):
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype, attn_implementation="eager").eval()
    model.get_input_embeddings().padding_idx = None  # it would zero one row's gradient
    return model


# SmolLM2 ------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def smollm_rows(smollm_folder):
    tokenizer = transformers.AutoTokenizer.from_pretrained(smollm_folder)
    return [tokenizer(text).input_ids for text in TEXTS]


@pytest.fixture(scope="module")
def smollm_expected(smollm_folder, smollm_rows):
    return compute(load(smollm_folder), smollm_rows, gradients=True)


@pytest.mark.slow
@pytest.mark.parametrize("source", ["smollm_gguf", "smollm_folder"])
@pytest.mark.parametrize("kernels", ["aten", ""])
def test_smollm_equals_transformers(request, monkeypatch, probe, smollm_rows, smollm_expected,
                                    source, kernels):
    monkeypatch.setenv("FETTLE_KERNELS", kernels)
    got = probe(request.getfixturevalue(source), smollm_rows, gradients="full")
    assert_same_logits(got, smollm_expected)
    assert float(got["loss"]) == pytest.approx(float(smollm_expected["loss"]), abs=1e-6)
    assert_same_gradients(got, smollm_expected)


def distance(got, expected):
    """Of all logits, as a root mean square relative to the exact ones."""
    parts = [(got[name] - expected[name], expected[name]) for name in expected
             if name.startswith("logits.")]
    return float(torch.cat([d.flatten() for d, _ in parts]).norm()
                 / torch.cat([e.flatten() for _, e in parts]).norm())


@pytest.mark.slow
def test_smollm_in_bfloat16(probe, smollm_folder, smollm_rows, smollm_expected):
    got = probe(smollm_folder, smollm_rows, dtype="bfloat16")
    theirs = compute(load(smollm_folder, torch.bfloat16), smollm_rows)
    assert distance(got, smollm_expected) <= 0.03
    assert distance(got, smollm_expected) <= 1.5 * distance(theirs, smollm_expected)
    assert abs(float(got["loss"]) - float(smollm_expected["loss"])) <= 0.03


@pytest.mark.slow
def test_smollm_greedy_text(run_fettle, smollm_gguf, smollm_folder):
    tokenizer = transformers.AutoTokenizer.from_pretrained(smollm_folder)
    model = load(smollm_folder)
    for prompt in PROMPTS:
        inputs = tokenizer.apply_chat_template([{"role": "user", "content": prompt}],
                                               add_generation_prompt=True, return_tensors="pt",
                                               return_dict=True)
        start = inputs["input_ids"].shape[1]
        ids = model.generate(**inputs, do_sample=False, max_new_tokens=64,
                             pad_token_id=tokenizer.eos_token_id)[0, start:].tolist()
        stopped = ids[-1] == tokenizer.eos_token_id
        expected = {"text": tokenizer.decode(ids, skip_special_tokens=True),
                    "prompt_tokens": start, "completion_tokens": len(ids) - stopped,
                    "finish_reason": "stop" if stopped else "length"}
        got = json.loads(run_fettle("generate", smollm_gguf, "--prompt", prompt, "--json",
                                    "--max-new-tokens", 64, "--dtype", "float32").stdout)
        assert {key: got[key] for key in expected} == expected
        assert got.keys() - expected.keys() == {"prompt_seconds", "completion_seconds"}
        assert tokenizer(got["text"]).input_ids == tokenizer(expected["text"]).input_ids


# stories260K --------------------------------------------------------------------------------------

@pytest.fixture(scope="module", params=["", "stories260K.f32.gguf"], ids=["folder", "gguf"])
def stories(request, assets):
    return assets / "models" / "stories260K" / request.param


@pytest.fixture(scope="module")
def golden(assets):
    return json.loads((assets / "models/stories260K/golden.json").read_text())


def test_stories_equal_the_golden_figures(probe, stories, golden):
    got = probe(stories, [golden["prompt_ids"], golden["greedy_120_ids"]])
    expected = torch.tensor(golden["last_logits"])
    assert relative(got["logits.0"][-1], expected) <= 1e-4
    nll = torch.nn.functional.cross_entropy(
        got["logits.0"][:-1], torch.tensor(golden["prompt_ids"][1:]), reduction="none")
    assert nll.tolist() == pytest.approx(golden["per_token_nll"], abs=2e-5)
    assert float(nll.mean()) == pytest.approx(golden["mean_nll"], abs=1e-6)
    start = len(golden["prompt_ids"])
    greedy = got["logits.1"].argmax(dim=1).tolist()[start - 1:-1]
    assert greedy == golden["greedy_120_ids"][start:]


def test_stories_greedy_text(run_fettle, stories, golden):
    count = len(golden["greedy_120_ids"]) - len(golden["prompt_ids"])
    got = json.loads(run_fettle("generate", stories, "--raw", "--prompt", golden["prompt"],
                                "--max-new-tokens", count, "--dtype", "float32", "--json").stdout)
    assert got["completion_tokens"] == count
    # As in transformers, the space before an answer's first word is no part of the answer.
    whole = golden["greedy_text"].strip()
    assert got["text"].strip() == whole.removeprefix(golden["prompt"]).strip()


# Every shape that a configuration can ask for -----------------------------------------------------

def rope(kind, **others):
    return {"rope_parameters": {"rope_type": kind, "rope_theta": 10000.0, **others}}


LLAMA, MISTRAL, QWEN2 = (transformers.LlamaForCausalLM, transformers.MistralForCausalLM,
                         transformers.Qwen2ForCausalLM)
SHAPES = {
    "plain": (LLAMA, {}, 100),
    "tied": (LLAMA, {"tie_word_embeddings": True}, 40),
    "biases": (LLAMA, {"attention_bias": True, "mlp_bias": True}, 40),
    "wide heads": (LLAMA, {"head_dim": 32}, 40),
    "one kv head": (LLAMA, {"num_key_value_heads": 1}, 40),
    "no sharing of kv": (LLAMA, {"num_key_value_heads": 4, "rms_norm_eps": 1e-3}, 40),
    "linear": (LLAMA, rope("linear", factor=4.0), 100),
    "dynamic, short": (LLAMA, rope("dynamic", factor=2.0), 100),
    "dynamic, long": (LLAMA, rope("dynamic", factor=2.0), 200),
    "llama3": (LLAMA, rope("llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                           original_max_position_embeddings=32), 100),
    "yarn": (LLAMA, rope("yarn", factor=4.0, original_max_position_embeddings=32), 100),
    "yarn with mscale": (LLAMA, rope("yarn", factor=4.0, original_max_position_embeddings=32,
                                     mscale=0.7, mscale_all_dim=0.5, truncate=False), 100),
    "mistral": (MISTRAL, {"sliding_window": None}, 100),
    "mistral, a window": (MISTRAL, {"sliding_window": 24}, 100),
    "qwen2": (QWEN2, {"use_sliding_window": False}, 100),
    "qwen2, tied": (QWEN2, {"tie_word_embeddings": True}, 40),
}


@pytest.mark.parametrize("name", SHAPES)
def test_tiny_models_equal_transformers(probe, tmp_path, name):
    kind, config, length = SHAPES[name]
    make_model(kind, **config).save_pretrained(tmp_path)
    rows = [tiny_models.random_ids(length)]
    got = probe(tmp_path, rows, gradients="full")
    expected = compute(load(tmp_path), rows, gradients=True)
    assert_same_logits(got, expected)
    assert float(got["loss"]) == pytest.approx(float(expected["loss"]), rel=1e-6)
    assert_same_gradients(got, expected)


def test_sharded_folder(probe, tmp_path):
    model = make_model()
    model.save_pretrained(tmp_path, max_shard_size="100KB")
    assert (tmp_path / "model.safetensors.index.json").is_file()
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 2
    rows = [tiny_models.random_ids(50)]
    assert_same_logits(probe(tmp_path, rows), compute(model, rows))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_half_precision_weights(probe, tmp_path, dtype):
    make_model().to(dtype).save_pretrained(tmp_path)
    rows = [tiny_models.random_ids(50)]
    assert_same_logits(probe(tmp_path, rows), compute(load(tmp_path), rows))


# The transformers of before version 5 wrote rope_theta and rope_scaling beside each other.
def test_older_config_keys(probe, tmp_path):
    make_model(**rope("linear", factor=2.0)).save_pretrained(tmp_path)
    rows = [tiny_models.random_ids(60)]
    expected = compute(load(tmp_path), rows)
    path = tmp_path / "config.json"
    config = json.loads(path.read_text())
    config.pop("rope_parameters")
    config.update(rope_theta=10000.0, rope_scaling={"type": "linear", "factor": 2.0})
    path.write_text(json.dumps(config))
    assert_same_logits(probe(tmp_path, rows), expected)


# Quantised GGUF: the weights of stories260K, stored as each block type -----------------------------

def test_gguf_block_types(probe, assets, golden, tmp_path):
    folder = assets / "models" / "stories260K"
    reader = gguf.GGUFReader(folder / "stories260K.f32.gguf")
    state = load_file(folder / "model.safetensors")
    for kind in ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"]:
        changed = requantise(reader, state, gguf.GGMLQuantizationType[kind], tmp_path / "q.gguf")
        twin = tmp_path / f"twin-{kind}"
        twin.mkdir()
        for name in ["config.json", "tokenizer.json", "tokenizer_config.json"]:
            (twin / name).write_bytes((folder / name).read_bytes())
        save_file(changed, twin / "model.safetensors", metadata={"format": "pt"})
        rows = [golden["prompt_ids"]]
        assert_same_logits(probe(tmp_path / "q.gguf", rows), compute(load(twin), rows))


def requantise(reader, state, kind, path):
    """Writes the GGUF again with its matrices in another type; the folder's state to match it."""
    writer = gguf.GGUFWriter(path, "llama")
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        value = field.contents()
        if isinstance(value, list):
            writer.add_key_value(field.name, value, gguf.GGUFValueType.ARRAY,
                                 sub_type=field.types[-1])
        else:
            writer.add_key_value(field.name, value, field.types[0])
    changed = dict(state)
    for tensor in reader.tensors:
        data = numpy.array(tensor.data)
        fits = data.ndim == 2 and data.shape[1] % gguf.GGML_QUANT_SIZES[kind][0] == 0
        if not fits:
            writer.add_tensor(tensor.name, data)
            continue
        packed = gguf.quants.quantize(data, kind)
        writer.add_tensor(tensor.name, packed, raw_dtype=kind)
        back = torch.from_numpy(gguf.quants.dequantize(packed, kind).reshape(data.shape).copy())
        name, heads = folder_name(tensor.name), 0
        if name.endswith("q_proj.weight"):
            heads = 8
        if name.endswith("k_proj.weight"):
            heads = 4
        if heads:  # GGUF interleaves the rotated halves of each head
            back = back.view(heads, back.shape[0] // heads // 2, 2, -1).transpose(1, 2).reshape(
                data.shape)
        changed[name] = back.contiguous()
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return {name: value for name, value in changed.items() if name in state}


def folder_name(name):
    fixed = {"token_embd.weight": "model.embed_tokens.weight", "output.weight": "lm_head.weight",
             "output_norm.weight": "model.norm.weight"}
    if name in fixed:
        return fixed[name]
    _, layer, part, end = name.split(".")
    parts = {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
             "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
             "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
             "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}
    return f"model.layers.{layer}.{parts[part]}.{end}"
