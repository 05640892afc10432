"""A receiver with a certificate, that takes every call.

    tls_receiver.py DIR HOST valid|expired

Prints its port. Each line on standard input is answered with how many calls have come.
"""
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from certificates import context

DIR, HOST, STATE = sys.argv[1:]
CALLS = []


class Receiver(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        CALLS.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(204)
        self.end_headers()


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
# The handshake is made where the call is read, so that one that fails does not stop the others.
server.socket = context(DIR, HOST, STATE == "expired").wrap_socket(
    server.socket, server_side=True, do_handshake_on_connect=False)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
for _ in sys.stdin:
    print(len(CALLS), flush=True)
