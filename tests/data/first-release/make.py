"""Has a program write what `upgrade.rs` upgrades, and dumps it: `make.py PROGRAM FOLDER [sqlite|postgres URL]`.

`sqlite.sql` and `postgres.sql` beside this file were written by commit 1cb4607 (schema 4), the first that companies used. They
are made once and not again; this is how.
"""

import http.cookiejar
import http.server
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib

PROGRAM, FOLDER, URL = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "sqlite://ramal.db"
LISTEN = "127.0.0.1:18431"
SOCKET = "127.0.0.1:18432"
RECEIVER = 18433
MASTER_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlBQkNERUY="
TELLICON = "Tellicon2026Tellicon2026"
LOGIN, PASSWORD = "ana", "primeira senha de 2026"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes everything at /crm; elsewhere what is of one call or agent in three is refused."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        about = re.search(rb'"(?:telephony_id|id|apt)":\s*"?([^",}]+)', body)
        refused = self.path != "/crm" and about is not None and zlib.crc32(about.group(1)) % 3 == 0
        self.send_response(500 if refused else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def api(key, method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://{LISTEN}/api/v1{path}", data, headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        sys.exit(f"{method} {path}: {error.read().decode()}")


def sign_up(code):
    """The first administrator, as a browser makes one."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = opener.open(f"http://{LISTEN}/setup?code={code}").read().decode()
    form = dict(re.findall(r'name="([^"]+)"[^>]*?value="([^"]*)"', page))
    names = re.findall(r'name="([^"]+)"', page)
    given = {"code": code, "login": LOGIN, "name": "Ana Souza", "password": PASSWORD, "again": PASSWORD}
    form |= {name: given[name] for name in names if name in given}
    form |= {name: PASSWORD for name in names if "password" in name or "repeat" in name}
    request = urllib.request.Request(f"http://{LISTEN}/setup", urllib.parse.urlencode(form).encode(), {"Origin": f"http://{LISTEN}"})
    return opener.open(request).geturl()


def webhook(name, path, **fields):
    return {"name": name, "url": f"http://127.0.0.1:{RECEIVER}{path}", "events": ["*"], "secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlBQkNERUY=", **fields}


def lived(key):
    """What a company did in a minute."""
    api(key, "POST", "/companies", {"name": "Central Boa Vista"})
    api(key, "POST", "/companies/company_1/webhooks", webhook("CRM", "/crm", bearer="crm-bearer", headers={"X-Tenant": "boa-vista"}))
    api(key, "POST", "/companies/company_1/webhooks", webhook("Fatura", "/fatura", retry_seconds=[3600, 86400]))
    api(key, "POST", "/companies/company_1/webhooks", webhook("Antigo", "/antigo", retry_seconds=[1, 1], format="3c-native"))
    api(key, "POST", "/companies/company_1/webhooks", webhook("Planilha", "/planilha", events=["call-*"]))
    time.sleep(0.5)
    api(key, "POST", "/webhooks/4/pause", {})
    api(key, "POST", "/companies/company_1/sources", {"provider": "tellicon", "token": TELLICON})
    api(key, "POST", "/companies/company_1/sources", {"provider": "threecplus", "account": "9001", "token": "3cs_simulado_000001", "socket_url": f"http://{SOCKET}", "connect": True})
    time.sleep(1)
    for number in range(8):
        post_tellicon(number)
    time.sleep(9)
    api(key, "POST", "/sources/2/disconnect", {})
    api(key, "POST", "/webhooks/1/replays", {"from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z", "rate_per_second": 1})
    time.sleep(3)


def post_tellicon(number):
    subprocess.run([PROGRAM, "simulate", "tellicon", "--token", TELLICON, "--url", f"http://{LISTEN}/eventTellicon", "--rate", "50", "--events", "1", "--seed", str(number)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    os.chdir(FOLDER)
    with open("ramal.toml", "w") as file:
        file.write(f'listen = "{LISTEN}"\nmaster_key = "{MASTER_KEY}"\ndatabase_url = "{URL}"\n[guard]\nallow = ["127.0.0.0/8"]\n')
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", RECEIVER), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    socket = subprocess.Popen([PROGRAM, "simulate", "threecplus", "--listen", SOCKET, "--rate", "8"], stdout=open("socket.txt", "w"), stderr=subprocess.STDOUT)
    serving = subprocess.Popen([PROGRAM, "serve", "--config", "ramal.toml"], stdout=open("log.txt", "w"), stderr=subprocess.STDOUT)
    try:
        time.sleep(2)
        code = re.search(r'"code":"([^"]+)"', open("log.txt").read()).group(1)
        print("signed up, sent to", sign_up(code))
        made = subprocess.run([PROGRAM, "api-key", "create", "--config", "ramal.toml", "--name", "integração"], capture_output=True, text=True, check=True)
        key = re.search(r"rml_\S+|\S{30,}", made.stdout).group(0)
        lived(key)
        for path in ("/companies/company_1/events?limit=1", "/webhooks/1/status", "/webhooks/2/status", "/webhooks/3/status", "/webhooks/4/status", "/webhooks/1/replays"):
            print(path, json.dumps(api(key, "GET", path))[:700])
    finally:
        for process in (serving, socket):
            process.terminate()
            process.wait()
    dump = "\n".join(sqlite3.connect("ramal.db").iterdump()) if URL.startswith("sqlite") else dumped(URL)
    with open(URL.split(":")[0] + ".sql", "w") as file:
        file.write(f"-- {key}\n{dump}\n")


def dumped(url):
    """Without what only psql understands, and what would say to later statements where tables are."""
    sql = subprocess.run(["pg_dump", "--inserts", "--no-owner", "--no-privileges", url], capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in sql.splitlines() if not re.match(r"--|SET |SELECT pg_catalog.set_config|\\|$", line))


main()
