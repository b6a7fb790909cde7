"""fettle's chat templates against jinja2 as transformers runs it."""

import datetime
import json
import os
import pathlib
import random
import subprocess

import pytest
from chat_conversations import CONVERSATIONS, EXTRAS, SINGLE, TURNS
from jinja_programs import Programs
from transformers.utils import chat_template_utils

UNIX_TIME = 1735689600 + 37 * 86400 + 3661  # 2025-02-07 01:01:01 UTC
ASSETS = pathlib.Path(os.environ.get(
    "FETTLE_ASSETS", pathlib.Path(__file__).resolve().parents[3] / "shared" / "assets"))
TEMPLATES = sorted(path.name for path in (ASSETS / "tokenizers/chat-templates").glob("*.jinja"))
CONFIGS = ["gemma3", "llama2", "llama3_1", "phi3", "qwen3"]
SEEDS = 8
PROGRAMS_PER_SEED = 400


class FixedClock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.datetime(2025, 2, 7, 1, 1, 1)


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch):
    monkeypatch.setattr(chat_template_utils, "datetime", FixedClock)


class Probe:
    def __init__(self, path):
        self.process = subprocess.Popen([str(path)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, encoding="utf-8")

    def __call__(self, **request):
        self.process.stdin.write(json.dumps({"unix_time": UNIX_TIME, **request}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the probe died of {request}"
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(timeout=60) == 0


@pytest.fixture(scope="module")
def probe(built):
    given = os.environ.get("FETTLE_PROBE_CHAT")
    running = Probe(given or built("probe_chat"))
    yield running
    running.close()


def expected(request, spans=False):
    """What transformers renders, or the exception it raises."""
    arguments = {name: request[name] for name in ("bos_token", "eos_token") if request.get(name)}
    arguments.update(request.get("extra", {}))
    try:
        rendered, indices = chat_template_utils.render_jinja_template(
            [request["messages"]], tools=request.get("tools"), chat_template=request["template"],
            return_assistant_tokens_mask=spans,
            add_generation_prompt=request.get("add_generation_prompt", False), **arguments)
    except Exception as error:  # jinja2 lets Python's own exceptions through
        return None, error
    if not spans:
        return rendered[0], None
    text = rendered[0]
    return (text, [[len(text[:begin].encode()), len(text[:end].encode())]
                   for begin, end in indices[0]]), None


def compare(probe, request, label):
    text, error = expected(request)
    if text is not None and " object at 0x" in text.lower():
        return False  # an address of Python's, which nothing can match
    answer = probe(**request)
    if error is not None:
        assert "error" in answer, f"{label}: jinja2 raises {error!r}, fettle says {answer}"
        return False
    assert answer.get("text") == text, f"{label}: {answer.get('error')}"
    return True


def compare_conversations(probe, template, name):
    rendered = 0
    for conversation, (messages, tools) in CONVERSATIONS.items():
        for kind, extra in EXTRAS.items():
            for prompt in (False, True) if kind == "plain" else (True,):
                request = {"template": template, "messages": messages, "tools": tools,
                           "add_generation_prompt": prompt, "extra": extra,
                           "bos_token": "<s>", "eos_token": "</s>"}
                label = f"{name}, {conversation}, {kind}, prompt {prompt}"
                rendered += compare(probe, request, label)
    assert rendered >= 8, f"{name}: only {rendered} conversations render at all"


@pytest.mark.parametrize("name", TEMPLATES)
def test_collected_template(probe, assets, name):
    template = (assets / "tokenizers/chat-templates" / name).read_text(encoding="utf-8")
    compare_conversations(probe, template, name)


@pytest.mark.parametrize("name", CONFIGS)
def test_tokenizer_config(probe, assets, name):
    path = assets / "tokenizers" / name / "tokenizer_config.json"
    template = json.loads(path.read_text(encoding="utf-8"))["chat_template"]
    compare_conversations(probe, template, name)


def test_smollm2(probe, smollm_gguf):
    import gguf
    field = gguf.GGUFReader(smollm_gguf).fields["tokenizer.chat_template"]
    compare_conversations(probe, field.contents(), "SmolLM2")


def test_absent_tokens_are_undefined(probe):
    template = "{{ bos_token is defined }} {{ eos_token }}|{{ documents is none }}"
    compare(probe, {"template": template, "messages": SINGLE}, "no tokens")


def test_generation_spans(probe):
    template = ("{% for m in messages %}{% if m.role == 'assistant' %}é{% generation %}"
                "{{ m.content }} ü{% endgeneration %}\n{% else %}{{ m.role }}: {{ m.content }}\n"
                "{% endif %}{% endfor %}{% generation %}{% set x = 1 %}{{ x }}{% endgeneration %}")
    request = {"template": template, "messages": TURNS}
    (text, spans), error = expected(request, spans=True)
    assert error is None and len(spans) == 3
    answer = probe(**request)
    assert (answer["text"], answer["generation_spans"]) == (text, spans)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_programs(probe, seed):
    programs = Programs(random.Random(seed))
    rendered = 0
    for _ in range(PROGRAMS_PER_SEED):
        template = programs.template()
        request = {"template": template, "messages": TURNS, "bos_token": "<s>",
                   "extra": programs.variables}
        rendered += compare(probe, request, template)
    assert rendered > PROGRAMS_PER_SEED // 4
