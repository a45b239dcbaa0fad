"""What an import costs, preview and books and all, beside bare parsing and validation of the same files by lxml.

``python -m bench.importing FOLDER COUNT`` makes the files; ``… FOLDER ours|lxml`` takes one side, and prints seconds.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.measuring import Bench, by_turns
from bench.programs import Wrong, ended, environment
from bench.table import Row, row

GROUP = "import"


def measure(bench: Bench) -> Iterator[Row]:
    """The same files, each round into an empty Desk."""
    count, folder = bench.sizes.files, bench.place("files")

    def side(name: str) -> float:
        around = environment("desk", bench.place(f"import-{name}"))
        return count / float(ended([sys.executable, "-m", "bench.importing", str(folder), name], around))

    bench.say(f"import of {count:,} files")
    ended([sys.executable, "-m", "bench.importing", str(folder), str(count)], environment("desk", folder))
    rounds = min(3, bench.sizes.rounds)
    ours, other = by_turns(rounds, lambda _turn: side("ours"), lambda _turn: side("lxml"))
    yield row(
        GROUP, f"import of {count:,} FA(3) files, preview and books", "lxml: parse and validate", unit="files/s",
        aim=("≥", 0.4), ours=ours, other=other,
    )  # fmt: skip


def make(folder: Path, count: int) -> None:
    """The files: one sample under as many numbers."""
    from tools import samples

    folder.mkdir(exist_ok=True)
    template = samples.document(number="NUMBER")
    for at in range(count):
        (folder / f"{at:06}.xml").write_bytes(template.replace(b"NUMBER", b"FV/%d" % at))


def take_in(folder: Path) -> float:
    """Import the folder into an empty Desk."""
    from django.utils import timezone

    from saldo_core import preparing
    from saldo_desk.books import companies
    from saldo_desk.sources import importing
    from tools import samples

    preparing.bring_up_to_date()
    company = companies.add(nip=samples.COMPANY_NIP, name=samples.COMPANY_NAME)
    count = len(list(folder.glob("*.xml")))
    start = time.perf_counter()
    told = importing.import_paths(company=company, paths=[folder], operator=None, clock=timezone.now)
    new = sum(outcome.outcome == "new" for outcome in told)
    if new != count:
        raise Wrong(f"{new} of {count} files were recorded")
    return time.perf_counter() - start


def parse(folder: Path) -> float:
    """Only read the folder."""
    from saldo_desk.sources import ksef_schema

    start = time.perf_counter()
    for path in folder.glob("*.xml"):
        ksef_schema.parse(path.read_bytes())
    return time.perf_counter() - start


def main(folder: Path, what: str) -> None:
    """Act as the arguments say, with the Desk's settings."""
    import django

    django.setup()
    if what.isdecimal():
        make(folder, int(what))
    else:
        print({"ours": take_in, "lxml": parse}[what](folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
