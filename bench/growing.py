"""What must not grow with the books: an ordinary day, a day without a change, the Desk's memory; and two curves.

Whole processes of ``saldo-desk sync`` against a Platform on PostgreSQL, as a person or a timer starts them.
"""

from collections.abc import Callable, Iterator

from bench.environments import Ingested
from bench.ingest import DLT, Measuring
from bench.measuring import Bench, World, by_turns, must_hold
from bench.programs import Wrong
from bench.table import Row, row

CHANGES = 100
DAY, NOTHING, MEMORY, CURVE = "day", "nothing", "memory", "curve"
KIB_PER_MIB = 1024


def measure_day(bench: Bench) -> Iterator[Row]:
    """A hundred changes among many and among few: the time of ``sync``."""
    large, small = bench.world(bench.sizes.large), bench.world(bench.sizes.small)
    ours, other = by_turns(bench.sizes.rounds, *(_a_day(bench, world) for world in (large, small)))
    yield row(
        DAY, f"{CHANGES} changes among {large.count:,}", f"among {small.count:,}", unit="s", aim=("≤", 1.5),
        ours=ours, other=other,
    )  # fmt: skip


def measure_nothing(bench: Bench) -> Iterator[Row]:
    """Nothing changed among many: ``sync`` beside starting the program and doing nothing."""
    world = bench.world(bench.sizes.large)

    def sync(_turn: int) -> float:
        return world.desk.sync().wall_s

    def start(_turn: int) -> float:
        return world.desk.call("sync", "--help").wall_s

    ours, other = by_turns(bench.sizes.rounds, sync, start)
    yield row(
        NOTHING, f"sync, nothing changed among {world.count:,}", "saldo-desk starts and ends", unit="s",
        aim=("≤", 1.5), ours=ours, other=other,
    )  # fmt: skip


def measure_memory(bench: Bench) -> Iterator[Row]:
    """The Desk's peak memory during the first synchronisation of many and of fewer."""
    middle, large = bench.world(bench.sizes.middle), bench.world(bench.sizes.large)
    peaks = [world.first.peak_kib / KIB_PER_MIB for world in (large, middle)]
    yield row(
        MEMORY, f"peak memory of the first sync of {large.count:,}", f"of {middle.count:,}", unit="MiB",
        aim=("≤", 1.2), ours=peaks[:1], other=peaks[1:],
    )  # fmt: skip


def measure_curve(bench: Bench) -> Iterator[Row]:
    """For the charts: the first synchronisation, and a day, at several sizes; none of it has an aim."""
    sizes = sorted({*bench.sizes.curve, bench.sizes.large})
    for size in sizes:
        world = bench.world(size)
        ours = [size / world.first.run_s]
        yield _point(f"first sync of {size:,}", "floor (COPY)", size, ours, _floor(bench, size))
        if bench.sizes.peers and size in bench.sizes.curve:
            yield _point(f"first sync of {size:,}", DLT.title, size, ours, _dlt(bench, size))
        day = by_turns(bench.sizes.rounds, _a_day(bench, world))[0]
        yield Row(
            CURVE, f"{CHANGES} changes among {size:,}", "", "s", "≤", 0, ours=sorted(day)[len(day) // 2], n=len(day),
            size=size,
        )  # fmt: skip


def _a_day(bench: Bench, world: World) -> Callable[[int], float]:
    changes = min(CHANGES, world.count)

    def day(_turn: int) -> float:
        version = bench.next_version(world)
        world.desk.books("change", world.count, changes, version)
        synced = world.desk.sync()
        if synced.said["sent"] != changes:
            raise Wrong(f"{synced.said['sent']} were sent of {changes}")
        must_hold(world.platform, bench.wanted(world.count, changes, version))
        return synced.wall_s

    return day


def _point(what: str, against: str, size: int, ours: list[float], other: list[float]) -> Row:
    if not other:
        return Row(CURVE, what, against, "invoices/s", "≥", 0, ours=ours[0], n=1, size=size)
    made = row(CURVE, what, against, unit="invoices/s", aim=("≥", 0), ours=ours, other=other)
    made.size = size
    return made


def _floor(bench: Bench, size: int) -> list[float]:
    return [size / bench.floor(size)]


def _dlt(bench: Bench, size: int) -> list[float]:
    told = Measuring(bench, size).peer(DLT)
    return [size / told.first] if isinstance(told, Ingested) else []
