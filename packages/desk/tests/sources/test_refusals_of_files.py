"""Every code of a reader has its words: which file and line, what is wrong, what to do."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override

from saldo_desk import sources
from saldo_desk.sources import archives, files, import_refusals, ksef_xml, refusals
from saldo_desk.sources.documents import ReadWarning, Unreadable
from tools.samples import document

READERS = [
    path
    for path in Path(sources.__file__).parent.glob("*.py")
    if path.name not in {"refusals.py", "import_refusals.py"}
]
SOURCE = "\n".join(path.read_text() for path in READERS)
ARCHIVES = Path(archives.__file__).read_text()
# What the readers pass for each place in the texts; a text that asks for another one fails.
VALUES: dict[str, Any] = dict.fromkeys(
    (
        "account amount count counted currency detail due_on element excess expected factor issued "
        "ksef_number left length limit limit_mb more name nip number paid_on parent rate term "
        "value vat version "
    ).split(),
    "x",
)


def message_of(content: bytes, name: str = "invoice.xml") -> str:
    with pytest.raises(Unreadable) as caught:
        ksef_xml.read(content, name=name)
    with override("en"):
        return refusals.refusal_of(caught.value).message


def test_every_code_of_a_reader_has_a_refusal_and_no_refusal_is_left_over() -> None:
    raised = set(re.findall(r'Unreadable\(\s*"(\w+)"', SOURCE))
    raised |= {"path_not_found", "path_unreadable", "amount_out_of_range", "amount_not_in_currency"}
    raised |= set(re.findall(r'code="(\w+)"', ARCHIVES))
    assert raised == import_refusals.FILES.keys()


def test_every_code_of_a_warning_has_a_sentence_and_no_sentence_is_left_over() -> None:
    given = set(re.findall(r'(?:ReadWarning|_differs)\(\s*"(\w+)"', SOURCE))
    given |= {"amount_due_not_stated", "amount_due_differs"}
    assert given == refusals.WARNINGS.keys()


@pytest.mark.parametrize("code", refusals.WARNINGS)
def test_every_warning_makes_a_sentence(code: str) -> None:
    arguments = tuple((VALUES | {"role": "buyer"}).items())
    with override("en"):
        assert refusals.sentence_of(ReadWarning(code, arguments)).endswith(".")


@pytest.mark.parametrize("code", import_refusals.FILES)
def test_every_refusal_says_file_line_reason_and_advice(code: str) -> None:
    unreadable = Unreadable(code, line=7, **(VALUES | {"problem": "value"}))
    unreadable.file = "100%.xml"
    with override("en"):
        refusal = import_refusals.FILES[code](unreadable)
        assert refusal.code == code
        assert refusal.message == f"100%.xml, line 7: {refusal.reason} {refusal.advice}"
        assert refusal.reason.endswith(".")
        assert refusal.advice.endswith(".")


@pytest.mark.parametrize("problem", refusals.SchemaError.texts)
def test_every_schema_problem_has_a_sentence(problem: str) -> None:
    unreadable = Unreadable("schema_error", **(VALUES | {"problem": problem}))
    with override("en"):
        assert "x" in refusals.refusal_of(unreadable).reason


def test_message_of_a_missing_total() -> None:
    content = document(replacements=(("<P_15>1274.28</P_15>", ""),))
    assert message_of(content) == ("invoice.xml, line 9: Fa lacks the element P_15. Ask the issuer for a correct file.")


def test_message_of_several_errors_tells_how_many_more() -> None:
    content = document(
        replacements=(("<P_15>1274.28</P_15>", ""), ("<KodWaluty>PLN</KodWaluty>", "<KodWaluty>zl</KodWaluty>"))
    )
    assert message_of(content).endswith("Ask the issuer for a correct file. Further errors in it: 1.")


def test_message_of_a_form_that_is_too_old() -> None:
    old = document(replacements=(("wzor/2025/06/25/13775/", "wzor/2021/11/29/11089/"),))
    assert message_of(old) == (
        "invoice.xml, line 2: The invoice is written as FA(1); FA(3) and FA(2) can be read. "
        "Ask the seller for an FA(3) file. Without one the invoice stays outside the books."
    )


def test_message_of_a_missing_path(tmp_path: Path) -> None:
    path = tmp_path / "none.xml"
    with pytest.raises(Unreadable) as caught:
        files.find((path,), files_max=1)
    with override("en"):
        assert refusals.refusal_of(caught.value).message == (
            f"{path}: There is no such file or folder. Check the path."
        )


def test_warning_names_a_role() -> None:
    warning = ReadWarning("nip_checksum", (("role", "buyer"), ("nip", "1")))
    with override("en"):
        assert refusals.sentence_of(warning) == "The NIP 1 of the buyer has a wrong check digit."
