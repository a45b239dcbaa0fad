"""Twelve broken invoices from outside: each refused with its line, its element and its reason."""

from collections.abc import Callable
from pathlib import Path

import pytest

from saldo_desk.sources import ksef_xml
from saldo_desk.sources.documents import Unreadable

# The business errors that 06, 07, 11 and 15 are named for come with a schema error.
BROKEN = {
    "01": ("schema_error", 43, {"problem": "missing", "element": "P_15", "parent": "Fa"}),
    "02": ("schema_error", 37, {"problem": "unexpected", "element": "P_2", "expected": "P_1"}),
    "03": ("schema_error", 14, {"problem": "unexpected", "element": "Nazw", "expected": "Nazwa"}),
    "06": ("schema_error", 23, {"problem": "unexpected", "element": "NrVatUE"}),
    "07": ("schema_error", 24, {"problem": "unexpected", "element": "NrVatUE"}),
    "09": (
        "schema_error",
        41,
        {"problem": "value", "element": "P_13_1", "value": "1000.123", "more": "5"},
    ),
    "11": ("schema_error", 44, {"problem": "unexpected", "element": "WalutaUmowna"}),
    "13": ("malformed_xml", 70, {}),
    "15": ("schema_error", 75, {"problem": "unexpected", "element": "TerminPlatnosci"}),
    "16": ("malformed_xml", 14, {}),
    "18": ("not_an_invoice", 3, {"found": "Faktura"}),
    "20": (
        "schema_error",
        8,
        {
            "problem": "value",
            "element": "DataWytworzeniaFa",
            "value": "2026-02-01",
            "more": "2",
        },
    ),
}


@pytest.mark.parametrize("sample", BROKEN)
def test_broken_sample_is_refused_with_line_and_reason(sample: str, broken: Callable[[str], Path]) -> None:
    path = broken(sample)
    with pytest.raises(Unreadable) as caught:
        ksef_xml.read(path.read_bytes(), name=path.name)
    code, line, arguments = BROKEN[sample]
    assert (caught.value.file, caught.value.code, caught.value.line) == (path.name, code, line)
    assert {name: caught.value.arguments[name] for name in arguments} == arguments


def test_broken_samples_are_all_expected(broken: Callable[[str], Path]) -> None:
    files = broken("01").parent.glob("*.xml")
    assert {path.name.partition("-")[0] for path in files} == BROKEN.keys()
