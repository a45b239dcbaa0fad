"""What must hold between Desk and Platform whenever all is sent, whatever happened on the way."""

from typing import Any


def assert_agree(
    desk: dict[str, Any], platform: dict[str, Any], *, withdrawn: bool = False, restored: bool = False
) -> None:
    """What the Desk says was sent is exactly what the Platform holds, each receipt is the same on both sides, and
    nothing waits for an answer. Both as their sides ``look``.

    :param withdrawn: the Platform may hold removed documents.
    :param restored: one side comes from a backup, or another Desk sends too: each may have receipts of its own.
    """
    assert (desk["faults"], platform["faults"]) == ([], [])
    assert desk["waiting"] == 0
    assert platform["held"] == desk["sent"]
    numbers = [row["number"] for row in platform["held"].values()]
    assert len(set(numbers)) == len(numbers), "no document twice"
    assert withdrawn or platform["removed"] == []
    shared = desk["receipts"].keys() & platform["receipts"].keys()
    assert all(desk["receipts"][uid] == platform["receipts"][uid] for uid in shared)
    assert restored or platform["receipts"].keys() <= desk["receipts"].keys() | set(desk["given_up"])
    assert restored or shared == desk["receipts"].keys()
    for amount in ("open_minor", "settled_minor"):
        sums = [sum(row[amount] for row in side.values()) for side in (desk["sent"], platform["held"])]
        assert sums[0] == sums[1]
