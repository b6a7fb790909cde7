"""The probe of the cleaning rules: one process that answers lists of requests."""

import json
import subprocess


def ask(path, requests):
    """The answers, in order; fails on an answer that is an error."""
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run([str(path)], input=lines, capture_output=True, text=True, timeout=600,
                          check=True)
    answers = [json.loads(line) for line in done.stdout.rstrip("\n").split("\n")]
    assert len(answers) == len(requests), done.stderr[-2000:]
    for request, answer in zip(requests, answers):
        assert "error" not in answer, (answer["error"], str(request)[:300])
    return answers
