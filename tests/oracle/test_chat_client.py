"""The client of OpenAI-compatible addresses against a server that is late, wrong, busy or rude."""

import http.server
import json
import os
import subprocess
import threading
import time

import pytest

HOST = "127.0.0.1"
KEY = "sk-do-not-print-me"


class Server:
    """Answers each request with the next of `script` (its last one again and again)."""

    def __init__(self):
        self.script = []
        self.seen = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.seen.append({"path": self.path, "headers": dict(self.headers),
                                   "body": json.loads(body)})
                step = outer.script[min(len(outer.seen), len(outer.script)) - 1]
                step(self)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer((HOST, 0), Handler)
        self.address = f"http://{HOST}:{self.http.server_port}/v1"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def server():
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


def raw(status, body, headers=(), kind="application/json"):
    def step(handler):
        data = body.encode() if isinstance(body, str) else body
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)

    return step


def right(text="a fine answer", tokens=10):
    return raw(200, json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}],
                                "usage": {"total_tokens": tokens}}))


def late(seconds):
    def step(handler):
        time.sleep(seconds)
        try:
            right()(handler)
        except OSError:
            pass  # the client has gone, as it should

    return step


def cut_off(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.close_connection = True


@pytest.fixture
def ask(built, server):
    """ask("prompt", ..., option=value) -> (answers, usage, everything that was printed)."""

    def run(*prompts, **options):
        done = subprocess.run(
            [str(built("probe_chat_client")), json.dumps({"address": server.address, **options}),
             *prompts],
            capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "FETTLE_TEST_KEY": KEY})
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert KEY not in done.stdout + done.stderr
        return lines[:-1], lines[-1], done.stdout + done.stderr

    return run


def test_a_right_answer_comes_with_the_request_that_the_specification_asks_for(server, ask):
    server.script = [right("in other words")]
    answers, usage, _ = ask("say it")
    assert answers == [{"text": "in other words"}]
    assert usage == {"requests": 1, "tokens": 10, "cached": 0, "waits": []}
    request = server.seen[0]
    assert request["path"] == "/v1/chat/completions"
    assert request["headers"]["Authorization"] == f"Bearer {KEY}"
    assert request["headers"]["Content-Type"] == "application/json"
    assert request["body"]["messages"] == [{"role": "user", "content": "say it"}]
    assert request["body"]["model"] == "tiny"


def test_a_busy_server_is_asked_again_after_the_time_that_it_names(server, ask):
    server.script = [raw(429, "{}", [("Retry-After", "7")]), raw(503, "busy"), right()]
    answers, usage, _ = ask("x")
    assert answers == [{"text": "a fine answer"}]
    assert usage["waits"] == [7, 1]
    assert usage["requests"] == 3


def test_a_server_that_stays_busy_is_given_up(server, ask):
    server.script = [raw(429, '{"error": "slow down"}')]
    answers, usage, _ = ask("x", retries=3)
    assert "answered with status 429" in answers[0]["problem"]
    assert usage["waits"] == [0.5, 1, 2]


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refusal_is_not_repeated(server, ask, status):
    server.script = [raw(status, f'{{"error": "bad key {KEY[:2]}"}}')]
    answers, usage, _ = ask("x")
    assert f"status {status}" in answers[0]["problem"]
    assert usage["requests"] == 1


def test_pages_broken_json_and_half_answers_are_asked_for_again(server, ask):
    server.script = [raw(200, "<html>Welcome to our portal</html>", kind="text/html"), cut_off,
                     raw(200, '{"choices": "many"}'), right()]
    answers, usage, _ = ask("x", retries=5)
    assert answers == [{"text": "a fine answer"}]
    assert usage["requests"] == 4


def test_a_page_is_named_when_nothing_else_comes(server, ask):
    server.script = [raw(200, "<html>\n\x1b[31mWelcome</html>", kind="text/html")]
    answers, _, printed = ask("x", retries=1)
    assert "answered with no JSON: \"<html>  [31mWelcome" in answers[0]["problem"]
    assert "\x1b" not in printed


def test_a_late_answer_is_a_timeout_and_tried_again(server, ask):
    server.script = [late(3), right("in time")]
    answers, usage, _ = ask("x", timeout=0.5)
    assert answers == [{"text": "in time"}]
    assert usage["requests"] == 2


def test_redirects_are_not_followed(server, ask):
    server.script = [raw(307, "", [("Location", f"http://{HOST}:1/elsewhere")])]
    answers, usage, _ = ask("x")
    assert "status 307" in answers[0]["problem"]
    assert usage["requests"] == 1


def test_an_endless_answer_is_cut_off(server, ask):
    server.script = [raw(200, b'"' + b"a" * (9 << 20))]
    answers, _, _ = ask("x", retries=0)
    assert "answered with more than 8.39 MB" in answers[0]["problem"]


def test_the_budget_ends_the_asking(server, ask):
    server.script = [right(tokens=10)]
    answers, usage, _ = ask("a", "b", "c", max_requests=2)
    assert [("text" in one) for one in answers] == [True, True, False]
    assert "2 of 2 requests" in answers[2]["problem"]
    answers, usage, _ = ask("a", "b", "c", max_tokens=15)
    assert [("text" in one) for one in answers] == [True, True, False]
    assert usage["tokens"] == 20


def test_a_cached_answer_costs_nothing_and_holds_no_key(server, ask, tmp_path):
    server.script = [right("kept")]
    for turn in range(2):
        answers, usage, _ = ask("a", "a", cache=str(tmp_path))
        assert answers == [{"text": "kept"}] * 2
        assert (usage["requests"], usage["cached"]) == ((1, 1), (0, 2))[turn]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 1
    assert KEY not in files[0].read_text()
    # Another model is another request; a damaged entry is asked for again.
    ask("a", cache=str(tmp_path), model="other")
    assert len(server.seen) == 2
    files[0].write_text(files[0].read_text()[:20])
    answers, usage, _ = ask("a", cache=str(tmp_path))
    assert answers == [{"text": "kept"}] and usage["requests"] == 1


def test_a_wrong_answer_is_not_cached(server, ask, tmp_path):
    server.script = [raw(200, "<html>"), right()]
    answers, _, _ = ask("a", cache=str(tmp_path), retries=0)
    assert "problem" in answers[0]
    answers, _, _ = ask("a", cache=str(tmp_path), retries=0)
    assert answers == [{"text": "a fine answer"}]
