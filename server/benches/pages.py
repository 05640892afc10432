"""Wall times of a running Doorward on loopback, and the same queries in bare SQL beside them.

    python3 server/benches/pages.py BINARY DATABASE_URL

Only the Python standard library. One client unless said otherwise; times are milliseconds to the last byte, uncompressed.
"""

import concurrent.futures
import http.client
import os
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.parse

PORT = 3977


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def line(name, values, floor=""):
    print(f"{name:<62} p50 {statistics.median(values):8.2f}  p99 {percentile(values, 0.99):8.2f}  {floor}", flush=True)


class Client:
    def __init__(self, cookie=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", PORT)
        self.cookie = cookie

    def get(self, path):
        self.connection.request("GET", path, headers={"Cookie": self.cookie} if self.cookie else {})
        response = self.connection.getresponse()
        return response.status, response.read()

    def post(self, path, fields):
        headers = {"Origin": f"http://127.0.0.1:{PORT}", "Content-Type": "application/x-www-form-urlencoded"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        self.connection.request("POST", path, urllib.parse.urlencode(fields), headers)
        response = self.connection.getresponse()
        response.read()
        return response.status, response.getheader("set-cookie")


def timed(count, call):
    out = []
    for index in range(count):
        begin = time.perf_counter()
        call(index)
        out.append((time.perf_counter() - begin) * 1000)
    return out


def ready():
    begin = time.perf_counter()
    while True:
        try:
            if Client().get("/readyz")[0] == 200:
                return (time.perf_counter() - begin) * 1000
        except OSError:
            time.sleep(0.002)


def anonymous(pid):
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        return next(int(row.split()[1]) for row in rollup if row.startswith("Anonymous:")) / 1024


def page(client, path):
    status, body = client.get(path)
    assert status == 200, (status, path)
    return body


def load(cookie, seconds, clients):
    end = time.perf_counter() + seconds

    def one(_):
        client, count = Client(cookie), 0
        while time.perf_counter() < end:
            page(client, "/admin/requests")
            count += 1
        return count

    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        return sum(pool.map(one, range(clients))) / seconds


def floor(url):
    if not url.startswith("sqlite://"):
        return ""
    bare = sqlite3.connect(f"file:{url[9:]}?mode=ro", uri=True)
    query = (
        "SELECT number, requester_name, resource_name, reason FROM requests WHERE lane = 0 AND status = 0 AND approval_type = 0 "
        "ORDER BY submitted_at DESC, number DESC LIMIT 51"
    )
    values = timed(300, lambda _: bare.execute(query).fetchall())
    return f"bare SQL {statistics.median(values):.2f}"


def export(cookie, kind):
    client = Client(cookie)
    begin = time.perf_counter()
    client.connection.request("GET", f"/admin/requests/export.{kind}?status=&type=", headers={"Cookie": client.cookie})
    response = client.connection.getresponse()
    size = len(response.read(1))
    first = (time.perf_counter() - begin) * 1000
    while chunk := response.read(1 << 20):
        size += len(chunk)
    seconds = time.perf_counter() - begin
    print(f"{'export ' + kind + ' (one tab)':<62} {size / 1e6 / seconds:.1f} MB/s, {size / 1e6:.0f} MB, first byte {first:.1f} ms", flush=True)


def main(binary, url):
    env = dict(os.environ, DOORWARD_DATABASE=url, DOORWARD_LISTEN=f"127.0.0.1:{PORT}", DOORWARD_LOG="warn", DOORWARD_MAIL="file:/tmp/doorward-bench-mail")
    env["DOORWARD_BASE_URL"] = f"http://127.0.0.1:{PORT}"
    server = subprocess.Popen([binary, "serve"], env=env, stdout=subprocess.DEVNULL)
    try:
        print(f"{'server start to ready':<62} {ready():.0f} ms")
        print(f"{'anonymous memory idle':<62} {anonymous(server.pid):.1f} MiB")
        cookie = Client().post("/login", {"email": "admin@demo.test", "password": "doorward-demo"})[1].split(";")[0]
        client = Client(cookie)
        timed(100, lambda _: page(client, "/admin/requests"))
        line("queue page, first view", timed(1000, lambda _: page(client, "/admin/requests")), floor(url))
        for clients in (1, 16):
            print(f"{f'queue pages a second, {clients} clients (this client is Python)':<62} {load(cookie, 5, clients):.0f}/s")
        for sort in ("submitted", "requester", "resource", "expires"):
            for sign in ("", "-"):
                path = f"/admin/requests?status=&type=&sort={sign}{sort}"
                line(f"no filter, sort {sign}{sort}", timed(100, lambda _: page(client, path)))
        for name, query in (
            ("days, sort expires", "status=&type=&from=2026-01-01&to=2026-06-30&sort=-expires"),
            ("one day, sort requester", "status=approved&type=&from=2026-05-05&to=2026-05-05&sort=requester"),
            ("search rare", "status=&type=&q=9999-zzz"),
            ("search common, default filter", "q=github"),
            ("search common, no filter", "status=&type=&q=project"),
            ("search two letters", "status=&type=&q=zo"),
        ):
            line(name, timed(60, lambda _: page(client, "/admin/requests?" + query)))
        export(cookie, "csv")
        export(cookie, "json")
        print(f"{'anonymous memory after all of this':<62} {anonymous(server.pid):.1f} MiB")
    finally:
        server.terminate()
        server.wait()


main(sys.argv[1], sys.argv[2])
