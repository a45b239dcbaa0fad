"""Which of the boxes to tick are called wrong."""

import re

import pytest
from django import forms

from saldo_core.consent_boxes import ConsentBoxes


class Consents(forms.Form):
    """Two that are required, one that isn't."""

    consent = forms.MultipleChoiceField(
        choices=[("terms:1", "Terms"), ("data:1", "Data"), ("marketing:1", "Marketing")],
        widget=ConsentBoxes,
        required=False,
    )

    def __init__(self, ticked: list[str]) -> None:
        super().__init__({"consent": ticked})
        widget = self.fields["consent"].widget
        assert isinstance(widget, ConsentBoxes)
        widget.required_values = frozenset(("terms:1", "data:1"))


def wrong(form: forms.Form) -> list[str]:
    boxes = [box.tag() for box in form["consent"]]
    return [found[1] for box in boxes if "aria-invalid" in box and (found := re.search(r'value="(\w+):1"', box))]


@pytest.mark.parametrize(
    ("ticked", "called_wrong"),
    [
        (["marketing:1"], ["terms", "data"]),
        (["terms:1"], ["data"]),
        (["terms:1", "data:1"], ["terms", "data"]),
        ([], ["terms", "data"]),
    ],
)
def test_an_error_marks_the_boxes_that_are_missing_and_never_one_that_is_optional(
    ticked: list[str], called_wrong: list[str]
) -> None:
    assert wrong(Consents(ticked)) == []
    form = Consents(ticked)
    form.add_error("consent", "no")
    assert wrong(form) == called_wrong
