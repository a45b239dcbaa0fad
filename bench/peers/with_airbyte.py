"""PyAirbyte: a local source read into its DuckDB cache, merge. Nested lists stay JSON in one table without constraints.
DATABASE (unused) FOLDER; called with ``spec``, ``check``, ``discover`` or ``read`` it is the source itself."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

TEXT, WHOLE = {"type": ["null", "string"]}, {"type": ["null", "integer"]}
LIST = {"type": "array", "items": {"type": "object"}}
PROPERTIES: dict[str, Any] = {
    **dict.fromkeys(("id", "number", "type", "direction", "currency", "issued_on", "updated_at"), TEXT),
    **dict.fromkeys(("net", "vat", "gross", "settled"), WHOLE),
    "party": {"type": "object"},
    "lines": LIST,
    "payments": LIST,
}
STREAM = {
    "name": "invoice",
    "json_schema": {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "properties": PROPERTIES},
    "supported_sync_modes": ["full_refresh", "incremental"],
    "source_defined_primary_key": [["id"]],
    "source_defined_cursor": True,
    "default_cursor_field": ["updated_at"],
}
SPEC = {"type": "object", "properties": {"file": {"type": "string"}}, "required": ["file"]}


def say(kind: str, **parts: object) -> None:
    """One message of the protocol."""
    print(json.dumps({"type": kind, **parts}))


def source(verb: str) -> None:
    """What a source answers."""
    if verb == "spec":
        say("SPEC", spec={"connectionSpecification": SPEC})
    elif verb == "check":
        say("CONNECTION_STATUS", connectionStatus={"status": "SUCCEEDED"})
    elif verb == "discover":
        say("CATALOG", catalog={"streams": [STREAM]})
    else:
        file = json.loads(Path(sys.argv[sys.argv.index("--config") + 1]).read_text())["file"]
        _read(Path(file), int(time.time() * 1000))


def _read(path: Path, now: int) -> None:
    descriptor = {"name": "invoice"}

    def trace(status: str) -> None:
        state = {"stream_descriptor": descriptor, "status": status}
        say("TRACE", trace={"type": "STREAM_STATUS", "emitted_at": now, "stream_status": state})

    trace("STARTED")
    trace("RUNNING")
    with path.open(encoding="utf-8") as lines_of_it:
        for line in lines_of_it:
            record = {"stream": "invoice", "data": json.loads(line), "emitted_at": now}
            say("RECORD", record=record)
    state = {"stream_descriptor": descriptor, "stream_state": {"at": now}}
    say("STATE", state={"type": "STREAM", "stream": state})
    trace("COMPLETE")


def run() -> None:
    """Be measured."""
    os.environ.update({"AIRBYTE_OFFLINE_MODE": "1", "DO_NOT_TRACK": "1", "AIRBYTE_NO_UV": "1"})
    folder = Path(sys.argv[2]).resolve()
    script = Path(__file__).resolve()
    executable = folder / "source-bench"
    executable.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
    executable.chmod(0o755)
    os.chdir(folder)
    from importlib.metadata import version

    import airbyte
    import lines
    from airbyte.caches import DuckDBCache
    from sqlalchemy import text

    cache = DuckDBCache(db_path=folder / "airbyte.duckdb", cache_dir=folder / "airbyte", cleanup=True)

    def ingest(path: Path) -> None:
        reader = airbyte.get_source(
            "source-bench", local_executable=executable, config={"file": str(path.resolve())}, install_if_missing=False
        )
        reader.select_all_streams()
        reader.read(cache=cache, write_strategy="merge", force_full_refresh=True)

    def sums() -> list[int]:
        with cache.get_sql_engine().connect() as connection:
            row = connection.execute(
                text(
                    "WITH p AS (SELECT unnest(from_json(payments, '[\"JSON\"]')) AS payment FROM main.invoice) "
                    "SELECT (SELECT count(*) FROM main.invoice), (SELECT sum(abs(gross)) FROM main.invoice), count(*), "
                    "sum(abs((payment->>'amount')::bigint)), sum(abs((payment->>'settled')::bigint)) FROM p"
                )
            ).fetchone()
        return list(row or ())

    lines.measure(f"PyAirbyte {version('airbyte')}", ingest, sums)


if sys.argv[1] in {"spec", "check", "discover", "read"}:
    source(sys.argv[1])
elif __name__ == "__main__":
    run()
