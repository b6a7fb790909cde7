"""Small models made by transformers, and what they compute, for the oracle tests."""

import itertools
import json
import subprocess

import torch
import transformers
from safetensors.torch import load_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

TEMPLATE = (
    "{%- for message in messages %}"
    "{{- '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}")
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CORPUS = ["which colour has the sky: the sky is blue", "what is the grass: the grass is green",
          "user assistant system", "the answer is a colour of the thing"]
SHAPE = {"vocab_size": 320, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128,
         "pad_token_id": None, "bos_token_id": 1, "eos_token_id": 2}


def make_tokenizer(folder, template=TEMPLATE):
    """A byte-level BPE tokenizer of at most 320 tokens with a chat template."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    bpe.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=320, special_tokens=SPECIAL, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=bpe, bos_token="<|im_start|>", eos_token="<|im_end|>",
        pad_token="<|endoftext|>", chat_template=template)
    fast.save_pretrained(folder)
    return fast


def make_model(kind=transformers.LlamaForCausalLM, seed=0, **config):
    """A random model whose every parameter matters: norms and biases are random too."""
    torch.manual_seed(seed)
    model = kind(kind.config_class(**{**SHAPE, **config}))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(std=0.15)
            if "norm" in name:
                parameter.add_(1.0)
    return model.eval()


def random_ids(count, seed=0, vocabulary=320):
    return torch.randint(0, vocabulary, (count,),
                         generator=torch.Generator().manual_seed(seed)).tolist()


class Probe:
    """probe_model of the build: logits, loss and gradients as fettle computes them."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.numbers = itertools.count()

    def __call__(self, model, rows, adapter=None, dtype="float32", gradients="none"):
        """rows: lists of ids, or (ids, scored) pairs."""
        number = next(self.numbers)
        request = {"model": str(model), "dtype": dtype, "gradients": gradients,
                   "out": str(self.folder / f"{number}.safetensors"), "rows": []}
        if adapter is not None:
            request["adapter"] = str(adapter)
        for row in rows:
            ids, scored = row if isinstance(row, tuple) else (row, None)
            request["rows"].append({"ids": ids} if scored is None else
                                   {"ids": ids, "scored": scored})
        path = self.folder / f"{number}.json"
        path.write_text(json.dumps(request))
        done = subprocess.run([str(self.program), str(path)], capture_output=True, text=True,
                              timeout=600, check=False)
        assert done.returncode == 0, f"{model}: {done.stderr[-3000:]}"
        return load_file(request["out"])


def compute(model, rows, gradients=False):
    """The same by transformers: {"logits.0": ..., "loss": ..., "grad.NAME": ...}."""
    for parameter in model.parameters():
        parameter.grad = None
    out, losses = {}, []
    with torch.set_grad_enabled(gradients):
        for number, row in enumerate(rows):
            ids, scored = row if isinstance(row, tuple) else (row, None)
            logits = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].float()
            keep = torch.tensor(scored[1:] if scored else [True] * (len(ids) - 1))
            losses.append(torch.nn.functional.cross_entropy(
                logits[:-1], torch.tensor(ids[1:]), reduction="none")[keep])
            out[f"logits.{number}"] = logits.detach()
        loss = torch.cat(losses).mean()
    out["loss"] = loss.detach()
    if gradients:
        loss.backward()
        for name, parameter in model.named_parameters():
            if parameter.grad is not None:
                out[f"grad.{name}"] = parameter.grad.clone()
    return out


def relative(got, expected):
    """The largest difference over the largest magnitude."""
    assert got.shape == expected.shape, (got.shape, expected.shape)
    difference = (got.double() - expected.double()).abs().max()
    return float(difference / expected.double().abs().max().clamp_min(1e-30))


def cosine(a, b):
    assert a.shape == b.shape, (a.shape, b.shape)
    return float(torch.nn.functional.cosine_similarity(
        a.double().flatten(), b.double().flatten(), dim=0, eps=1e-30))


def assert_same_logits(got, expected, bound=1e-4):
    names = [name for name in expected if name.startswith("logits.")]
    assert names and names == sorted(n for n in got if n.startswith("logits."))
    for name in names:
        assert relative(got[name], expected[name]) <= bound, name


def assert_same_gradients(got, expected, bound=0.99999):
    """Every parameter's direction, and its length."""
    names = {name for name in expected if name.startswith("grad.")}
    assert names == {name for name in got if name.startswith("grad.")}
    for name in names:
        assert cosine(got[name], expected[name]) >= bound, name
        ratio = float(got[name].double().norm() / expected[name].double().norm())
        assert abs(ratio - 1.0) <= 1e-3, (name, ratio)
