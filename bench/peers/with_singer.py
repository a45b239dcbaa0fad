"""Singer: lines of JSON piped into MeltanoLabs' target-postgres, upsert. Nested lists stay JSON in one table: less work
than three. DATABASE FOLDER."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote, urlsplit

import lines
import psycopg

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
MAYBE = {"type": ["string", "null"]}
where = urlsplit(sys.argv[1])
folder = Path(sys.argv[2])
socket = unquote(where.netloc.partition("@")[2])
(folder / "singer.json").write_text(
    json.dumps(
        {
            "sqlalchemy_url": f"postgresql+psycopg://postgres@/{where.path[1:]}?host={socket}",
            "dialect+driver": "postgresql+psycopg",
            "default_target_schema": "singer",
            "load_method": "upsert",
            "batch_size_rows": 10000,
        }
    )
)


def _object(**properties: object) -> dict[str, object]:
    return {"type": "object", "properties": properties}


LINE = _object(
    position=WHOLE, name=TEXT, quantity=WHOLE, unit_price=WHOLE, vat_rate=WHOLE, net=WHOLE, vat=WHOLE
)  # fmt: skip
PAYMENT = _object(
    id=TEXT, position=WHOLE, due_on=TEXT, amount=WHOLE, form=TEXT, settled=WHOLE, settled_on=MAYBE
)  # fmt: skip
SCHEMA = {
    "type": "SCHEMA",
    "stream": "invoice",
    "key_properties": ["id"],
    "schema": _object(
        id=TEXT, number=TEXT, type=TEXT, direction=TEXT, currency=TEXT, issued_on={"type": "string", "format": "date"},
        party=_object(tax_id=TEXT, name=TEXT, address=TEXT), net=WHOLE, vat=WHOLE, gross=WHOLE, settled=WHOLE,
        updated_at={"type": "string", "format": "date-time"},
        lines={"type": "array", "items": LINE}, payments={"type": "array", "items": PAYMENT},
    ),
}  # fmt: skip


def ingest(path: Path) -> None:
    """The target's whole process: it reads a pipe and ends."""
    target = Path(sys.executable).with_name("target-postgres")
    pipe = subprocess.Popen(
        [target, "--config", folder / "singer.json"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=(folder / "singer.log").open("ab"), text=True,
    )  # fmt: skip
    assert pipe.stdin is not None
    with pipe.stdin, path.open(encoding="utf-8") as file:
        pipe.stdin.write(json.dumps(SCHEMA) + "\n")
        for line in file:
            pipe.stdin.write(f'{{"type":"RECORD","stream":"invoice","record":{line.rstrip()}}}\n')
        pipe.stdin.write('{"type":"STATE","value":{"done":1}}\n')
    if pipe.wait():
        raise SystemExit((folder / "singer.log").read_text()[-1500:])


def sums() -> list[int]:
    """What it holds."""
    with psycopg.connect(sys.argv[1]) as connection:
        kind = connection.execute(
            "SELECT data_type FROM information_schema.columns WHERE table_schema = 'singer' AND table_name = 'invoice' "
            "AND column_name = 'payments'"
        ).fetchone()
        unnest = "unnest(payments)" if kind == ("ARRAY",) else "jsonb_array_elements(payments)"
        row = connection.execute(
            "SELECT (SELECT count(*) FROM singer.invoice), (SELECT sum(abs(gross)) FROM singer.invoice), count(*), "
            "sum(abs((payment->>'amount')::bigint)), sum(abs((payment->>'settled')::bigint)) "
            f"FROM singer.invoice, {unnest} AS payment"
        ).fetchone()
    return list(row or ())


lines.measure(f"meltanolabs-target-postgres {version('meltanolabs-target-postgres')}", ingest, sums)
