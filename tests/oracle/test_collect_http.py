"""Downloads from a server on this machine that misbehaves in every way that servers do."""

import hashlib
import http.server
import json
import os
import signal
import subprocess
import threading
import time

import pytest

from collecting import Collect

ROWS = [{"text": f"row {i} " + "x" * 200} for i in range(5000)]
BODY = "".join(json.dumps(row) + "\n" for row in ROWS).encode()


def address(port, path):
    """Of this machine's server."""
    return f"http:{'/' * 2}127.0.0.1:{port}/{path}"


class Handler(http.server.BaseHTTPRequestHandler):
    """What is answered is told by the path; `seen` keeps the requests."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def start(self, code=200, length=len(BODY), **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def part(self, tag, body=BODY):
        """The rest from the Range on, where If-Range names this version; else the whole."""
        asked = self.headers.get("Range")
        if asked and self.headers.get("If-Range") == tag:
            begin = int(asked.removeprefix("bytes=").rstrip("-"))
            self.start(206, len(body) - begin, ETag=tag,
                       Content_Range=f"bytes {begin}-{len(body) - 1}/{len(body)}")
            return body[begin:]
        self.start(200, len(body), ETag=tag)
        return body

    def do_GET(self):
        server = self.server
        server.seen.append((self.path, self.headers.get("Range")))
        count = len([1 for path, _ in server.seen if path == self.path])
        kind = self.path.split("/")[1].split("?")[0]
        self.close_connection = True
        getattr(self, "answer_" + kind)(count)

    def answer_good(self, _):
        self.start()
        self.wfile.write(BODY)

    def answer_breaks(self, count):
        """The first two answers break off; the file stays the same."""
        body = self.part('"one"')
        self.wfile.write(body[: len(body) // 3] if count < 3 else body)

    def answer_changes(self, count):
        """The file is another one after the first answer broke off."""
        body = self.part(f'"{min(count, 2)}"', BODY if count > 1 else b"old" * 100_000)
        self.wfile.write(body[:50_000] if count == 1 else body)

    def answer_always(self, _):
        self.start(200, len(BODY) + 10)
        self.wfile.write(BODY)

    def answer_stalls(self, _):
        self.start()
        self.wfile.write(BODY[:1000])
        self.wfile.flush()
        self.server.stop.wait(20)

    def answer_slow(self, _):
        body = self.part('"slow"')
        for at in range(0, len(body), len(BODY) // 20):
            self.wfile.write(body[at:at + len(BODY) // 20])
            self.wfile.flush()
            time.sleep(0.1)

    def answer_page(self, _):
        page = b"<!DOCTYPE html><title>Log in</title>"
        self.start(200, len(page), Content_Type="text/html; charset=utf-8")
        self.wfile.write(page)

    def answer_missing(self, _):
        self.start(404, 4)
        self.wfile.write(b"none")

    def answer_loop(self, _):
        self.start(302, 0, Location=self.path)

    def answer_moved(self, _):
        self.start(302, 0, Location="/good/a.jsonl")

    def answer_file(self, _):
        self.start(302, 0, Location="file:///etc/passwd")

    def answer_endless(self, _):
        self.start(length=None)
        try:
            while True:
                self.wfile.write(b"x" * 65536)
        except OSError:
            pass


@pytest.fixture(scope="module")
def server():
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    httpd.seen = []
    httpd.stop = threading.Event()
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield httpd
    httpd.stop.set()
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def read(built, server, tmp_path):
    collect = Collect(built("probe_collect"))

    def read(kind, name="a.jsonl", **config):
        server.seen.clear()
        config.setdefault("cache_folder", str(tmp_path))
        return collect(path=address(server.server_port, f"{kind}/{name}"), **config)

    return read


def test_a_file_is_fetched_once(read, server, tmp_path):
    assert read("good").rows == ROWS
    assert len(server.seen) == 1
    assert read("good").rows == ROWS and server.seen == []
    sha256 = hashlib.sha256(BODY).hexdigest()
    assert read("good", sha256=sha256).rows == ROWS and server.seen == []
    record = next(tmp_path.glob("*/record.json"))
    assert json.loads(record.read_text())["sha256"] == sha256
    assert "was stated" in read("good", sha256="0" * 64).error


def test_a_broken_transfer_goes_on(read, server):
    assert read("breaks").rows == ROWS
    ranges = [asked for _, asked in server.seen]
    assert ranges[0] is None and all(asked for asked in ranges[1:]) and len(ranges) == 3


def test_a_changed_file_begins_anew(read, server):
    assert read("changes").rows == ROWS
    assert len(server.seen) == 2 and server.seen[1][1] is not None


def test_a_killed_run_goes_on(built, read, server, tmp_path):
    config = {"path": address(server.server_port, "slow/a.jsonl"),
              "cache_folder": str(tmp_path)}
    child = subprocess.Popen([str(built("probe_collect")), json.dumps(config)],
                             stdout=subprocess.DEVNULL)
    part = None
    for _ in range(100):
        time.sleep(0.05)
        part = next(tmp_path.glob("*/part"), None)
        if part and part.stat().st_size > 200_000:
            break
    child.send_signal(signal.SIGKILL)
    child.wait()
    begun = part.stat().st_size
    assert read("slow").rows == ROWS
    assert server.seen[0][1] == f"bytes={begun}-"


def test_lies_and_refusals(read):
    assert "broke off" in read("always").error
    assert "status 404" in read("missing").error
    assert "web page" in read("page").error
    assert read("page", "a.html", format="html").error == ""
    assert "redirects more than 5 times" in read("loop").error
    assert read("moved").rows == ROWS
    error = read("file").error
    assert "http" in error and "root:" not in error
    assert "larger than 1.00 MB" in read("endless", max_download_bytes=1_000_000).error
    assert "Timeout" in read("stalls", timeout_seconds=2).error


def test_passwords_in_addresses_are_refused(built, tmp_path):
    collect = Collect(built("probe_collect"))
    error = collect.refused(path=address(80, "a.jsonl").replace("//", "//me:secret@"), cache_folder=str(tmp_path))
    assert "password" in error and "secret" not in error


def test_no_server(built, tmp_path):
    collect = Collect(built("probe_collect"))
    assert "connect" in collect.refused(path=address(1, "a.jsonl"), cache_folder=str(tmp_path))
    assert os.listdir(tmp_path)
