"""Models behind an OpenAI-compatible address: judged as the model itself, resumed, priced, and what
a server that is late, dead or rude costs: one sentence."""

import http.server
import json
import os
import statistics
import threading
import time

import pytest
import torch
import transformers
from test_compare import judged, samples  # noqa: F401 (two judged models)

HOST = "127.0.0.1"
KEY = "sk-do-not-print-me"
GENERATE = """
task: answers
dataset_path: json
dataset_kwargs: {data_files: {test: rows.jsonl}}
test_split: test
output_type: generate_until
doc_to_text: "{{question}} "
doc_to_target: "{{topic}}"
generation_kwargs: {until: ["!", "?"], max_gen_toks: 7}
metric_list:
  - metric: exact_match
"""
ROLLING = """
task: pages
dataset_path: json
dataset_kwargs: {data_files: {test: rows.jsonl}}
test_split: test
output_type: loglikelihood_rolling
doc_to_target: "{{question}}"
metric_list:
  - metric: word_perplexity
"""


class Server:
    """answer(path, request) gives (status, body); seen: all requests."""

    def __init__(self, answer):
        self.answer, self.seen, self.lock = answer, [], threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with outer.lock:
                    outer.seen.append((self.path, body, self.headers.get("Authorization")))
                    status, answered = outer.answer(self.path, body)
                data = answered if isinstance(answered, bytes) else json.dumps(answered).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    pass  # the client has gone, as it should

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer((HOST, 0), Handler)
        self.model = f"openai:tiny@http://{HOST}:{self.http.server_port}/v1"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def serve():
    made = []

    def start(answer):
        made.append(Server(answer))
        return made[-1]

    yield start
    for server in made:
        server.http.shutdown()
        server.http.server_close()


def chat(words, tokens=2):
    return 200, {"choices": [{"message": {"role": "assistant", "content": words}}],
                 "usage": {"prompt_tokens": 10, "completion_tokens": tokens,
                           "total_tokens": 10 + tokens}}


def tiny_server(folder):
    """What a server of this model answers, by transformers."""
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)

    def echo(request):
        coded = tokenizer(request["prompt"], return_offsets_mapping=True)
        with torch.no_grad():
            logits = model(torch.tensor([coded.input_ids])).logits[0].log_softmax(-1)
        given = coded.input_ids + [int(logits[-1].argmax())]  # one more than the text
        offsets = [begin for begin, _ in coded.offset_mapping] + [len(request["prompt"])]
        values = [None] + [float(logits[i, token]) for i, token in enumerate(given[1:])]
        top = [None] + [{str(int(row.argmax())): float(row.max())} for row in logits]
        return 200, {"choices": [{"text": "", "logprobs": {
            "tokens": [str(token) for token in given], "text_offset": offsets,
            "token_logprobs": values, "top_logprobs": top}}],
            "usage": {"prompt_tokens": len(given) - 1, "completion_tokens": 1,
                      "total_tokens": len(given)}}

    def answer(path, request):
        assert request["model"] == "tiny"
        if path == "/v1/completions":
            return echo(request)
        ids = tokenizer(request["messages"][0]["content"], return_tensors="pt").input_ids
        out = model.generate(ids, max_new_tokens=request["max_tokens"], do_sample=False)
        return chat(tokenizer.decode(out[0][ids.shape[1]:], skip_special_tokens=True))

    return answer


def evaluate(run_fettle, server, folder, task, *options, code=0):
    done = run_fettle("evaluate", server.model, "--tasks", folder / task, *options, code=code,
                      env={**os.environ, "FETTLE_TEST_KEY": KEY})
    assert KEY not in done.stdout + done.stderr
    return done


def test_likelihoods_are_those_of_the_model_itself(judged, run_fettle, serve, tmp_path):  # noqa: F811
    server = serve(tiny_server(judged / "base"))
    done = evaluate(run_fettle, server, judged, "colours.yaml", "--output", tmp_path / "out",
                    "--key_variable", "FETTLE_TEST_KEY", "--input_price", 2, "--output_price", 8)
    hosted, local = samples(tmp_path / "out"), samples(judged / "base-rows")
    for one, other in zip(hosted, local, strict=True):
        assert one["log_likelihoods"] == pytest.approx(other["log_likelihoods"], abs=1e-3)
    told = json.loads((tmp_path / "out" / "results.json").read_text())
    expected = json.loads((judged / "base-rows" / "results.json").read_text())
    for name, value in expected["results"]["colours"].items():
        assert told["results"]["colours"][name] == pytest.approx(value, abs=1e-3)
    service = told["fettle"][0]["service"]
    seconds = [row["seconds"] for row in hosted]
    assert service["rows"] == 40
    assert service["median_seconds"] == pytest.approx(statistics.median(seconds))
    assert service["p95_seconds"] == pytest.approx(
        statistics.quantiles(seconds, n=20, method="inclusive")[18])
    sent = sum(row["prompt_tokens"] for row in hosted)
    assert service["prompt_tokens"] == sent > 0 and service["answer_tokens"] == 120
    assert service["cost"] == pytest.approx((2 * sent + 8 * 120) / 1e6)
    assert "cost" in done.stdout and "p95" in done.stdout
    assert {seen[2] for seen in server.seen} == {f"Bearer {KEY}"}
    assert not any(KEY in path.read_text() for path in (tmp_path / "out").iterdir())
    assert len(server.seen) == 121  # three choices a row, and one to find out


def test_local_and_hosted_are_compared(judged, run_fettle, serve, tmp_path):  # noqa: F811
    server = serve(tiny_server(judged / "tuned"))
    done = run_fettle("compare", judged / "base-rows", server.model, "--tasks",
                      judged / "colours.yaml", "--output", tmp_path, "--json")
    local = run_fettle("compare", judged / "base-rows", judged / "tuned-rows", "--json")
    mine, other = (json.loads(out.stdout)["comparisons"] for out in (done, local))
    assert [one["p"] for one in mine] == pytest.approx([one["p"] for one in other], abs=2e-3)
    assert mine[0]["second"] == "tiny"
    page = (tmp_path / "compare.html").read_text(encoding="utf-8")
    assert "median" in page and "p95" in page


LETTERS = ["B", "(c) because it is", "blue", " **a.** ", "I do not know", "Green is nice"]


def test_choices_in_words_where_there_are_no_likelihoods(judged, run_fettle, serve,  # noqa: F811
                                                         tmp_path):
    asked = []

    def answer(path, request):
        if path == "/v1/completions":
            return 404, {"error": "no such thing"}
        asked.append(request["messages"][0]["content"])
        return chat(LETTERS[(len(asked) - 1) % len(LETTERS)])

    server = serve(answer)
    done = evaluate(run_fettle, server, judged, "colours.yaml", "--output", tmp_path,
                    "--concurrency", 1)
    assert "asked for its choices in words" in done.stderr
    assert "A. blue\nB. green\nC. a colour <b>" in asked[0] and "letter" in asked[0]
    rows = samples(tmp_path)
    said = [1, 2, 0, 0, None, None]
    right = sum(said[i % 6] is not None and said[i % 6] in row["gold"]
                for i, row in enumerate(rows))
    told = json.loads((tmp_path / "results.json").read_text())["results"]["colours"]
    assert told["acc,none"] == pytest.approx(right / 40) == told["acc_norm,none"]


def test_answers_are_cut_and_the_request_says_where(judged, run_fettle, serve, tmp_path):  # noqa: F811
    (judged / "answers.yaml").write_text(GENERATE)
    server = serve(lambda path, request: chat("sky! and more"))
    evaluate(run_fettle, server, judged, "answers.yaml", "--output", tmp_path, "--limit", 5)
    path, request, key = server.seen[0]
    assert path == "/v1/chat/completions" and key is None
    assert request["stop"] == ["!", "?"] and request["max_tokens"] == 7
    assert request["temperature"] == 0
    rows = [json.loads(line) for line in
            (tmp_path / "answers.samples.jsonl").read_text().splitlines()]
    assert [row["answers"] for row in rows] == [["sky"]] * 5


@pytest.mark.parametrize("trouble, told", [
    ("html", 'answered with no JSON: "<html>'), ("late", "did not answer: Timeout"),
    ("dead", "did not answer"), ("refused", "answered with status 401"),
    ("wrong", "answered with no completion: choices: is no list")])
def test_trouble_is_a_sentence_and_nothing_is_lost(judged, run_fettle, serve, tmp_path,  # noqa: F811
                                                   trouble, told):
    (judged / "answers.yaml").write_text(GENERATE)
    count = 0

    def answer(path, request):
        nonlocal count
        count += 1
        if count <= 5:
            return chat("sky")
        if trouble == "late":
            time.sleep(1)
        if trouble == "dead":
            raise ConnectionError
        return {"html": (200, b"<html>Welcome"), "refused": (401, {"error": "who are you"}),
                "wrong": (200, {"choices": "many"})}.get(trouble, chat("sky"))

    server = serve(answer)
    options = ["--output", tmp_path, "--retries", 0, "--timeout", 0.4, "--concurrency", 1]
    done = evaluate(run_fettle, server, judged, "answers.yaml", *options, code=1)
    lines = [line for line in done.stderr.splitlines() if line.startswith("fettle: ")]
    assert len(lines) == 1 and told in lines[0] and "goes on" in lines[0], done.stderr
    kept = (tmp_path / "answers.samples.jsonl").read_text().splitlines()
    assert len(kept) == 5
    server.answer = lambda path, request: chat("land")
    before = len(server.seen)
    evaluate(run_fettle, server, judged, "answers.yaml", *options)
    assert len(server.seen) == before + 35
    rows = [json.loads(line) for line in
            (tmp_path / "answers.samples.jsonl").read_text().splitlines()]
    assert [row["answers"][0] for row in rows] == ["sky"] * 5 + ["land"] * 35


def test_what_cannot_be_asked_is_said(judged, run_fettle, serve, tmp_path):  # noqa: F811
    (judged / "pages.yaml").write_text(ROLLING)
    server = serve(lambda path, request: (404, {}) if "chat" not in path else chat("A"))
    done = evaluate(run_fettle, server, judged, "pages.yaml", code=1)
    assert "offers no likelihoods of given texts, which pages is made of" in done.stderr
    for word, said in [("openai:tiny", "openai:NAME@ADDRESS"), ("openai:@https://example.com/v1", "NAME"),
                       ("openai:tiny@httpx", "give one like https://")]:
        done = run_fettle("evaluate", word, "--tasks", judged / "colours.yaml", code=2)
        assert said in done.stderr
    done = run_fettle("evaluate", server.model, "--data", judged / "rows.jsonl", code=2)
    assert "give --tasks" in done.stderr
    prices = tmp_path / "prices.json"
    prices.write_text('{"tiny": {"input": 1, "output": -2}}')
    done = evaluate(run_fettle, server, judged, "colours.yaml", "--prices", prices, code=2)
    assert '"output" is no price' in done.stderr
    done = evaluate(run_fettle, server, judged, "colours.yaml", "--input_price", 1, code=2)
    assert "give both" in done.stderr
    # A key does not travel in the clear to another machine.
    done = run_fettle("evaluate", "openai:tiny@http://example.com/v1", "--tasks",
                      judged / "colours.yaml", "--key_variable", "FETTLE_TEST_KEY", code=2,
                      env={**os.environ, "FETTLE_TEST_KEY": KEY})
    assert "unencrypted" in done.stderr and KEY not in done.stderr


def test_requests_keep_the_rate(judged, run_fettle, serve, tmp_path):  # noqa: F811
    """Spread evenly, whatever may be asked at once: the n-th comes no earlier than its turn."""
    came = []

    def answer(_path, _request):
        came.append(time.monotonic())
        return chat("blue")

    evaluate(run_fettle, serve(answer), judged, "answers.yaml", "--output", tmp_path, "--limit", 5,
             "--requests_per_minute", 240, "--concurrency", 4)
    assert len(came) == 5
    # The first may have been on its way for a while.
    assert all(came[i] - came[1] > 0.25 * (i - 1) - 0.1 for i in range(2, 5))
