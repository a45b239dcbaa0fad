"""Django REST framework behind gunicorn with two workers, over loopback HTTP in two threads, 500 invoices a request.

DATABASE FOLDER; an empty DATABASE: SQLite in the folder.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import lines

PAGE, WORKERS = 500, 2
where, folder = urlsplit(sys.argv[1]), Path(sys.argv[2])
around = {
    **os.environ,
    "BENCH_ENGINE": "postgresql" if sys.argv[1] else "sqlite3",
    "BENCH_NAME": where.path[1:] if sys.argv[1] else str(folder / "drf.sqlite3"),
    "BENCH_HOST": unquote(where.netloc.partition("@")[2]),
}
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    PORT = probe.getsockname()[1]


def request_of(invoice: dict[str, Any]) -> dict[str, Any]:
    """The invoice as the serializer wants it."""
    party, payments = invoice["party"], invoice["payments"]
    plain = {name: value for name, value in invoice.items() if name not in {"id", "party", "updated_at", "payments"}}
    renamed = [{"ext_id": one["id"], **{k: v for k, v in one.items() if k != "id"}} for one in payments]
    return {
        "ext_id": invoice["id"], **plain, "party_tax_id": party["tax_id"], "party_name": party["name"],
        "payments": renamed,
    }  # fmt: skip


def ingest(path: Path) -> None:
    """Send the whole file."""
    found = iter(map(request_of, lines.load(path)))
    bodies = []
    while page := list(islice(found, PAGE)):
        bodies.append(json.dumps(page).encode())
    failed: list[bytes] = []

    def send(share: list[bytes]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=300)
        for body in share:
            connection.request("POST", "/bulk", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != 200:
                failed.append(said)

    threads = [threading.Thread(target=send, args=(bodies[at::WORKERS],)) for at in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise SystemExit(failed[0][:500].decode())


def totals() -> list[int]:
    """What it holds."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    connection.request("GET", "/totals")
    found: list[int] = json.loads(connection.getresponse().read())
    return found


here = Path(__file__).parent
subprocess.run([sys.executable, here / "drf_app.py"], env=around, check=True)
command = [
    sys.executable, "-m", "gunicorn", "-w", str(WORKERS), "-b", f"127.0.0.1:{PORT}", "--log-level", "error",
    "--timeout", "300", "drf_app:application",
]  # fmt: skip
server = subprocess.Popen(command, cwd=here, env=around)
try:
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at:
        try:
            totals()
            break
        except OSError:
            time.sleep(0.1)
    lines.measure(f"DRF {version('djangorestframework')}, Django {version('django')}", ingest, totals)
finally:
    server.terminate()
    server.wait()
