"""A webhook receiver that verifies each call with the scheme's own library and keeps what it was given.

Prints its port, then answers by script: the words on standard input, one a line, are the next answers:
`ok`, `refuse REASON`, `status CODE`, `hang`, `drop`. Without a word it grants. GET /calls returns what came.
"""
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook

WEBHOOK = Webhook(sys.argv[1])
CALLS = []
SCRIPT = []
LOCK = threading.Lock()


class Receiver(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        with LOCK:
            self.answer(200, json.dumps(CALLS))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            payload = WEBHOOK.verify(body, dict(self.headers))
            verified = True
        except Exception as error:  # the library lets other kinds through than its own
            payload, verified = str(error), False
        with LOCK:
            CALLS.append({"id": self.headers["webhook-id"], "verified": verified, "payload": payload})
            word = SCRIPT.pop(0) if SCRIPT else "ok"
        if not verified:
            return self.answer(401, "not signed by Doorward")
        kind, _, rest = word.partition(" ")
        if kind == "refuse":
            return self.answer(200, json.dumps({"status": "refused", "reason": rest}))
        if kind == "status":
            return self.answer(int(rest), json.dumps({"reason": "as the script says"}))
        if kind == "drop":
            return self.connection.close()
        if kind == "hang":
            time.sleep(60)
        self.answer(200, "{}")

    def answer(self, status, text):
        data = text.encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        if status in (301, 302, 307):
            self.send_header("location", "http://127.0.0.1:1/inside")
        self.end_headers()
        self.wfile.write(data)


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
for line in sys.stdin:
    with LOCK:
        SCRIPT.append(line.strip())
    print("noted", flush=True)
