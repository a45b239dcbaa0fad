"""A process that reads files for another one, until that one closes its end or is gone.

``python -m saldo_desk.sources.reader_process``: tasks on standard input, readings on standard output, both as
MessagePack behind their length in bytes. Loads no Django.
"""

import signal
import struct
import sys
from collections.abc import Sequence
from typing import IO, Any

import msgspec

from saldo_desk.sources import reading

LENGTH = struct.Struct("<Q")
_encode = msgspec.msgpack.Encoder().encode
_tasks = msgspec.msgpack.Decoder(list[reading.Task]).decode


def send(file: IO[bytes], values: Sequence[Any]) -> None:
    """Write values for the other side."""
    content = _encode(values)
    file.write(LENGTH.pack(len(content)) + content)
    file.flush()


def receive(file: IO[bytes]) -> bytes:
    """What the other side wrote. :raises EOFError: it is gone."""
    head = file.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    (length,) = LENGTH.unpack(head)
    content = file.read(length)
    if len(content) < length:
        raise EOFError
    return content


def main() -> None:
    """Answer until nobody asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for whoever asks
    while True:
        try:
            tasks = _tasks(receive(sys.stdin.buffer))
            send(sys.stdout.buffer, [reading.read(task) for task in tasks])
        except (EOFError, BrokenPipeError):
            return


if __name__ == "__main__":
    main()
