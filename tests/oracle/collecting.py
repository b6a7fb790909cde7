"""Drives probe_collect: rows of a source, where they stood, and what was refused."""

import json
import resource
import subprocess


class Rows:
    """What a source gave: rows, their places, problems, and the sentence that ended it."""

    def __init__(self, done):
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.all = lines
        self.rows = [line["row"] for line in lines if "row" in line]
        self.at = [line["at"] for line in lines if "row" in line]
        self.bad = [line["bad"] for line in lines if "bad" in line]
        self.code = done.returncode
        self.error = done.stderr.strip()


class Collect:
    """collect(path=..., format=...) reads a source to its end."""

    def __init__(self, program):
        self.program = program

    def run(self, config, *verb, memory=None, env=None, timeout=120):
        def limit():
            if memory:
                resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

        config = {key: str(value) if hasattr(value, "__fspath__") else value
                  for key, value in config.items()}
        return subprocess.run([str(self.program), json.dumps(config), *verb], capture_output=True,
                              text=True, check=False, timeout=timeout, preexec_fn=limit, env=env)

    def __call__(self, memory=None, env=None, timeout=120, **config):
        return Rows(self.run(config, memory=memory, env=env, timeout=timeout))

    def refused(self, **config):
        """The one sentence that ends the source."""
        rows = self(**config)
        assert rows.code in (1, 2), rows.all[:3]
        assert rows.error.count("\n") == 0
        return rows.error

    def resumed(self, pieces, **config):
        """All lines, read in two runs with a stop behind so many pieces."""
        first = self.run(config, "stop", str(pieces)).stdout.splitlines()
        place = json.loads(first.pop())["place"]
        done = self.run(config, "resume", place)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in first + done.stdout.splitlines()]

    def describe(self, **config):
        done = self.run(config, "describe")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
