"""Models in `fettle prepare`: figures equal to transformers', servers asked within their budget."""

import json
import math
import os
import signal
import subprocess

import pytest
import torch
from chat_server import ChatServer
from tiny_models import make_model, make_tokenizer

TEXTS = ["which colour has the sky", "the sky is blue", "what is the grass: the grass is green",
         "user assistant system " * 60, "a", "the answer is a colour of the thing", "",
         "Grün ist die Wiese, blau der Himmel."] * 6


def rows_in(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(name="tiny", scope="module")
def _tiny(tmp_path_factory):
    """(folder, model, tokenizer) of a random model."""
    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = make_tokenizer(folder)
    model = make_model()
    model.save_pretrained(folder)
    return folder, model, tokenizer


def write(folder, rows, **recipe):
    """The recipe's path; rows: dicts of its one source."""
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = folder / "recipe.yaml"
    path.write_text(json.dumps({"sources": [{"path": str(folder / "rows.jsonl")}]} | recipe))
    return path


def local(folder, **options):
    return {"model_name_or_path": str(folder), "dtype": "float32", "device": "cpu", **options}


def perplexity(model, tokenizer, text, limit):
    """As transformers computes it; parts of `limit` tokens each for itself."""
    ids = tokenizer(text).input_ids
    loss, count = 0.0, 0
    for begin in range(0, len(ids), limit):
        part = torch.tensor([ids[begin:begin + limit]])
        if part.shape[1] < 2:
            continue
        with torch.no_grad():
            mean = model(input_ids=part, labels=part).loss.item()
        loss += mean * (part.shape[1] - 1)
        count += part.shape[1] - 1
    return math.exp(loss / count) if count else None


def test_perplexities_equal_transformers(run_fettle, tiny, tmp_path):
    folder, model, tokenizer = tiny
    recipe = write(tmp_path, [{"text": text, "n": i} for i, text in enumerate(TEXTS)],
                   models={"local": local(folder, max_length=100)}, stages=["perplexity"],
                   output={"keep_notes": ["perplexity"]})
    out = tmp_path / "out"
    run_fettle("prepare", recipe, "-q", "--set", f"output_dir={out}")
    wanted = [perplexity(model, tokenizer, text, 100) for text in TEXTS]
    rows = {row["n"]: row["perplexity"] for row in rows_in(out / "train.jsonl")}
    assert sorted(rows) == [i for i, figure in enumerate(wanted) if figure is not None]
    for i, figure in rows.items():
        assert figure == pytest.approx(wanted[i], rel=1e-4), TEXTS[i]
    reasons = {line["reason"] for line in rows_in(out / "explained.jsonl")
               if line["action"] == "dropped"}
    assert reasons == {"no perplexity"}
    # The same bytes again, on other threads.
    again = tmp_path / "again"
    run_fettle("prepare", recipe, "-q", "--set", f"output_dir={again}", "--set", "num_threads=3")
    for name in ("train.jsonl", "explained.jsonl", "manifest.json"):
        assert (again / name).read_bytes() == (out / name).read_bytes(), name


def likeliest(model, tokenizer, text, labels):
    """The label whose tokens are the likeliest answer, by transformers."""
    prompt = tokenizer.apply_chat_template([{"role": "user", "content": "Which one?\n\n" + text}],
                                           tokenize=False, add_generation_prompt=True)
    scores = []
    for label in labels:
        ids = tokenizer(prompt + label + "<|im_end|>").input_ids
        begin = len(tokenizer(prompt).input_ids)
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([ids])).logits[0]
        scores.append(sum(torch.log_softmax(logits[i - 1], -1)[ids[i]].item()
                          for i in range(begin, len(ids))))
    return labels[scores.index(max(scores))]


def mean_state(model, tokenizer, text):
    with torch.no_grad():
        out = model.model(input_ids=torch.tensor([tokenizer(text).input_ids]))
    return out.last_hidden_state[0].mean(0)


@pytest.fixture(name="server")
def _server():
    made = ChatServer(lambda prompt: prompt.rsplit("\n", 1)[-1] + " indeed")
    yield made
    made.close()


def test_children_keep_their_label_and_their_vector_by_the_local_model(run_fettle, tiny, server,
                                                                       tmp_path):
    folder, model, tokenizer = tiny
    labels = ["blue", "green", "red"]
    texts = sorted({text for text in TEXTS if 0 < len(text) < 100})
    rows = [{"text": text, "label": label} for text in texts for label in labels]
    recipe = write(tmp_path, rows, stages=[{"paraphrase": {"least_similarity": 0.9}}],
                   models={"local": local(folder, labels=labels, instruction="Which one?"),
                           "server": {"base_url": server.address, "model": "m"}},
                   output={"keep_notes": ["parent", "similarity"]})
    out = tmp_path / "out"
    run_fettle("prepare", recipe, "-q", "--set", f"output_dir={out}")
    children = {(row["text"], row["label"]): row["similarity"]
                for row in rows_in(out / "train.jsonl") if "parent" in row}
    wanted = {}
    for row in rows:
        child = row["text"] + " indeed"
        near = torch.nn.functional.cosine_similarity(
            mean_state(model, tokenizer, row["text"]), mean_state(model, tokenizer, child), dim=0)
        if near >= 0.9 and likeliest(model, tokenizer, child, labels) == row["label"]:
            wanted[child, row["label"]] = near.item()
    assert wanted and children.keys() == wanted.keys()
    for key, near in wanted.items():
        assert children[key] == pytest.approx(near, abs=1e-4)


def paraphrasing(tmp_path, server, count=40, **options):
    rows = [{"text": f"a plain sentence number {i} about the sky"} for i in range(count)]
    return write(tmp_path, rows, stages=["paraphrase"],
                 models={"server": {"base_url": server.address, "model": "m", **options}},
                 output={"output_dir": str(tmp_path / "out")})


def test_a_budget_ends_the_run_and_a_larger_one_goes_on(run_fettle, server, tmp_path):
    recipe = paraphrasing(tmp_path, server, max_requests=15)
    done = run_fettle("prepare", recipe, "-q", code=1)
    assert "15 of 15 requests" in done.stderr and "--resume" in done.stderr
    done = run_fettle("prepare", recipe, "--resume", "--set", "models.server.max_requests=100")
    assert "15 answers were cached" in done.stdout
    assert len(server.seen) == 40
    rows = rows_in(tmp_path / "out/train.jsonl")
    assert len(rows) == 80 and rows[1]["text"] == rows[0]["text"] + " indeed"
    # Nothing is paid for twice, and the bytes are the same.
    before = (tmp_path / "out/train.jsonl").read_bytes()
    run_fettle("prepare", recipe, "-q", "--overwrite")
    assert len(server.seen) == 40
    assert (tmp_path / "out/train.jsonl").read_bytes() == before


def test_the_budget_is_of_all_starts_of_a_run(run_fettle, server, tmp_path):
    recipe = paraphrasing(tmp_path, server, max_requests=15)
    run_fettle("prepare", recipe, "-q", code=1)
    # Nothing is left of it, and nobody is asked.
    done = run_fettle("prepare", recipe, "-q", "--resume", code=1)
    assert "15 of 15 requests" in done.stderr and len(server.seen) == 15
    done = run_fettle("prepare", recipe, "-q", "--resume", "--set",
                      "models.server.max_requests=22", code=1)
    assert "22 of 22 requests" in done.stderr and len(server.seen) == 22
    (tmp_path / "out/.work/spent.json").write_text('{"requests": -3}')
    done = run_fettle("prepare", recipe, "-q", "--resume", code=1)
    assert "spent.json: does not say what was spent" in done.stderr and len(server.seen) == 22
    # A new run has a new budget.
    run_fettle("prepare", recipe, "-q", "--overwrite", "--set", "models.server.max_requests=18")
    assert len(server.seen) == 40 and len(rows_in(tmp_path / "out/train.jsonl")) == 80


def test_a_budget_survives_a_kill(fettle, run_fettle, tmp_path):
    """Killed at the seventh request of twenty, whose answer never comes."""
    running = []

    def answer(prompt):
        if len(server.seen) == 7 and running:
            running.pop().kill()
        return prompt.rsplit("\n", 1)[-1] + " indeed"

    server = ChatServer(answer)
    try:
        recipe = paraphrasing(tmp_path, server, max_requests=20, requests_at_once=1)
        running.append(subprocess.Popen([fettle, "prepare", recipe, "-q", "--set",
                                         "num_threads=1"]))
        assert running[0].wait(60) == -signal.SIGKILL
        spent = json.loads((tmp_path / "out/.work/spent.json").read_text())
        assert spent == {"requests": 7, "tokens": 60, "cost": 0}
        done = run_fettle("prepare", recipe, "-q", "--resume", "--set", "num_threads=1", code=1)
        assert "20 of 20 requests" in done.stderr and len(server.seen) == 20
    finally:
        server.close()


def test_the_cost_is_counted_and_bounded(run_fettle, server, tmp_path):
    recipe = paraphrasing(tmp_path, server, input_price=1000, output_price=2000, max_cost=0.1,
                          requests_at_once=1)
    done = run_fettle("prepare", recipe, "-q", "--set", "num_threads=1", code=1)
    # 6 tokens in and 4 out: 0.014 a request; the eighth passes 0.1.
    assert len(server.seen) == 8
    assert "max_cost" in done.stderr
    # As much again, over what was spent.
    run_fettle("prepare", recipe, "-q", "--resume", "--set", "num_threads=1", "--set",
               "models.server.max_cost=0.2", code=1)
    assert len(server.seen) == 15


def test_the_key_goes_to_the_server_and_nowhere_else(run_fettle, server, tmp_path):
    recipe = paraphrasing(tmp_path, server, 3, api_key_variable="FETTLE_TEST_KEY")
    done = run_fettle("prepare", recipe, env={**os.environ, "FETTLE_TEST_KEY": "sk-hidden"})
    assert {one["headers"]["Authorization"] for one in server.seen} == {"Bearer sk-hidden"}
    assert "sk-hidden" not in done.stdout + done.stderr
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or "sk-hidden" not in path.read_text(encoding="utf-8"), path


def test_a_refused_question_has_no_answer_and_the_run_goes_on(run_fettle, tmp_path):
    server = ChatServer(lambda prompt: (400, {"error": "content"}) if "number 2 " in prompt
                        else prompt.rsplit("\n", 1)[-1] + " indeed")
    try:
        done = run_fettle("prepare", paraphrasing(tmp_path, server, 5))
    finally:
        server.close()
    assert "1 questions were refused" in done.stdout
    assert len(rows_in(tmp_path / "out/train.jsonl")) == 9


@pytest.mark.parametrize("status", [401, 404, 400])
def test_a_server_that_refuses_everything_ends_the_run(run_fettle, tmp_path, status):
    server = ChatServer(lambda _: (status, {"error": "no"}))
    try:
        done = run_fettle("prepare", paraphrasing(tmp_path, server), "-q", code=1)
    finally:
        server.close()
    assert f"answered with status {status}" in done.stderr
    assert len(server.seen) < 40


def test_translation_goes_there_and_back(run_fettle, tmp_path):
    def translate(prompt):
        question, text = prompt.split("\n\n")
        if "from English into German" in question:
            return "DE " + text
        assert "from German into English" in question and text.startswith("DE ")
        return text.removeprefix("DE ") + " again"

    server = ChatServer(translate)
    try:
        recipe = write(tmp_path, [{"text": "the sky is blue"}],
                       stages=[{"back_translation": {"languages": ["German"]}}],
                       models={"server": {"base_url": server.address, "model": "m"}},
                       output={"output_dir": str(tmp_path / "out")})
        run_fettle("prepare", recipe, "-q")
    finally:
        server.close()
    assert [row["text"] for row in rows_in(tmp_path / "out/train.jsonl")] == [
        "the sky is blue", "the sky is blue again"]


@pytest.mark.slow
def test_the_local_model_writes(run_fettle, smollm_gguf, tmp_path):
    rows = [{"text": text} for text in ("The sky is blue today.", "Grass is green in spring.",
                                        "A dog runs after the red ball.")]
    recipe = write(tmp_path, rows, stages=[{"paraphrase": {"children": 2, "least_similarity": 0}}],
                   models={"local": local(smollm_gguf, max_new_tokens=48)})
    outs = []
    for name in ("one", "two"):
        run_fettle("prepare", recipe, "-q", "--set", f"output_dir={tmp_path / name}")
        outs.append((tmp_path / name / "train.jsonl").read_bytes())
    assert outs[0] == outs[1]
    texts = [row["text"] for row in rows_in(tmp_path / "one/train.jsonl")]
    assert {row["text"] for row in rows} < set(texts) and len(texts) == len(set(texts))


def test_the_plan_counts_and_asks_nobody(run_fettle, tiny, server, tmp_path):
    folder, _, tokenizer = tiny
    recipe = write(tmp_path, [{"text": text} for text in TEXTS],
                   models={"local": local(folder),
                           "server": {"base_url": server.address, "model": "m", "output_price": 10,
                                      "max_new_tokens": 50}},
                   stages=["perplexity", {"paraphrase": {"children": 2}}])
    plan = json.loads(run_fettle("prepare", recipe, "--plan", "--json").stdout)["models"]
    assert plan["local"]["perplexity"]["texts"] == len(TEXTS)
    assert plan["local"]["perplexity"]["tokens"] == sum(
        len(tokenizer(text, add_special_tokens=False).input_ids) for text in TEXTS)
    assert plan["server"]["answers"]["texts"] == 2 * len(TEXTS)
    assert plan["server"]["cost"] == pytest.approx(2 * len(TEXTS) * 50 * 10 / 1e6)
    assert not server.seen
    told = run_fettle("prepare", recipe, "--plan").stdout
    assert "models.server: answers of 96 texts" in told and "cost at most 0.0480" in told


def test_all_problems_of_the_models_at_once(run_fettle, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("sources: [rows.jsonl]\nstages:\n  - perplexity\n  - paraphrase\n")
    told = run_fettle("prepare", recipe, code=2).stderr
    assert "recipe.yaml:3: perplexity needs a model" in told
    assert "recipe.yaml:4: paraphrase needs a model that writes" in told
    recipe.write_text("sources: [rows.jsonl]\nstages: [perplexity]\nmodels:\n  local:\n"
                      "    model_name_or_path: nowhere\n    labels: [one]\n  server:\n"
                      "    base_url: ftp://x\n    model: m\n    max_cost: 1\n")
    told = run_fettle("prepare", recipe, code=2).stderr
    for line, words in ((5, "nowhere"), (6, "two classes or more"), (8, "ftp://x"),
                        (10, "input_price")):
        assert any(f"recipe.yaml:{line}:" in one and words in one
                   for one in told.splitlines()), (line, told)
    recipe.write_text("sources: [rows.jsonl]\nmodels: {remote: {}, local: {}, server: {url: x}}\n")
    told = run_fettle("prepare", recipe, code=2).stderr
    for words in ('"remote"', 'lacks "model_name_or_path"', '"url"', 'lacks "base_url"'):
        assert words in told
