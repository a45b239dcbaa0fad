"""dlt with the merge disposition into PostgreSQL: invoices, lines and payments in three tables. DATABASE FOLDER."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

os.environ.update({"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"})
import dlt
import lines

where = urlsplit(sys.argv[1])
socket = where.netloc.partition("@")[2]
credentials = f"postgresql://postgres:none@localhost:5432{where.path}?host={socket}"
pipeline = dlt.pipeline(
    pipeline_name="bench", pipelines_dir=sys.argv[2] + "/dlt", dataset_name="bench",
    destination=dlt.destinations.postgres(credentials),
)  # fmt: skip


def ingest(path: Path) -> None:
    """Merge the whole file."""

    @dlt.resource(name="invoice", write_disposition="merge", primary_key="id")
    def invoice() -> Iterator[list[dict[str, object]]]:
        yield lines.load(path)

    pipeline.run(invoice()).raise_on_failed_jobs()


def sums() -> list[int]:
    """What it holds."""
    with pipeline.sql_client() as client:
        name = client.make_qualified_table_name
        found = client.execute_sql(
            f"SELECT (SELECT count(*) FROM {name('invoice')}), (SELECT sum(abs(gross)) FROM {name('invoice')}), "
            f"count(*), sum(abs(amount)), sum(abs(settled)) FROM {name('invoice__payments')}"
        )
    return list(found[0])


lines.measure(f"dlt {dlt.__version__}", ingest, sums)
