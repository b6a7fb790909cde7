"""A server of chat completions on this machine that answers as it is told and remembers."""

import http.server
import json
import threading

HOST = "127.0.0.1"


class ChatServer:
    """answer(prompt) -> text, or (status, body); `seen` holds the requests."""

    def __init__(self, answer):
        self.seen = []
        lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    outer.seen.append({"headers": dict(self.headers), "body": body})
                said = answer(body["messages"][0]["content"])
                status, reply = said if isinstance(said, tuple) else (200, {
                    "choices": [{"message": {"role": "assistant", "content": said}}],
                    "usage": {"prompt_tokens": 6, "completion_tokens": 4, "total_tokens": 10}})
                data = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer((HOST, 0), Handler)
        self.address = f"http://{HOST}:{self.http.server_port}/v1"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()
