"""A project of `fettle annotate` in a folder: made, served, asked over HTTP, killed."""

import http.client
import json
import signal
import subprocess
import urllib.parse

LABELS = ["sports", "science", "business"]


class Client:
    """One annotator's session."""

    def __init__(self, address, name):
        parts = urllib.parse.urlsplit(address)
        self.host, self.port = parts.hostname, parts.port
        self.cookie = None
        token = urllib.parse.parse_qs(parts.fragment)["token"][0]
        status, headers, _ = self.raw("POST", "/api/login", {"token": token, "name": name})
        assert status == 200
        self.cookie = headers["Set-Cookie"].split(";")[0]

    def raw(self, method, path, body=None, **headers):
        """(status, headers, bytes)"""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        given = {key.replace("_", "-"): value for key, value in headers.items()}
        if self.cookie:
            given.setdefault("Cookie", self.cookie)
        if body is not None:
            given.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, (bytes, str)) else json.dumps(body)
        try:
            connection.request(method, path, body=body, headers=given)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def get(self, path):
        status, _, body = self.raw("GET", path)
        assert status == 200, body
        return json.loads(body)

    def post(self, path, **body):
        status, _, answer = self.raw("POST", path, body)
        assert status == 200, answer
        return json.loads(answer)

    def answer(self, row, value):
        return self.post("/api/answer", row=row, value=value, seconds=1.0)


class Project:
    def __init__(self, fettle, run_fettle, folder):
        self.fettle, self.run_fettle, self.folder = fettle, run_fettle, folder / "project"
        self.rows, self.process, self.address = folder / "rows.jsonl", None, None

    def make(self, rows, *arguments):
        self.rows.write_text("".join(json.dumps(row) + "\n" for row in rows))
        self.run_fettle("annotate", self.folder, "--import", self.rows, *arguments)
        return self

    def serve(self, env=None):
        self.process = subprocess.Popen(
            [str(self.fettle), "annotate", str(self.folder), "--json"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, env=env)
        self.address = json.loads(self.process.stdout.readline())["address"]
        return self

    def client(self, name="Ann"):
        return Client(self.address, name)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(timeout=20) == 0
            self.process.stdout.close()

    def export(self, *arguments):
        file = self.folder / "out.jsonl"
        said = self.run_fettle("annotate", self.folder, "--export", file, "--json", *arguments)
        return [json.loads(line) for line in file.read_text().splitlines()], json.loads(said.stdout)
