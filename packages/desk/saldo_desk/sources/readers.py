"""Reading files, as many at a time as there are cores."""

from collections.abc import Iterator, Sequence

from saldo_desk.sources import reading


def read(tasks: Sequence[reading.Task], *, ahead: Sequence[reading.Task] = ()) -> Iterator[reading.Reading]:
    """What was read in each file, in their order."""
    return map(reading.read, tasks)
