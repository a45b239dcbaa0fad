"""Boxes to tick of which some must be ticked; only those are ever called wrong."""

from typing import Any

from django import forms


class ConsentBoxes(forms.CheckboxSelectMultiple):
    """Ticks with ``required_values``. Django marks every box of a field that has an error with ``aria-invalid``; here
    those are marked that must be ticked and aren't, and where none is missing (the error is another) all that must be.
    """

    required_values: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *arguments: Any, **values: Any) -> dict[str, Any]:
        """One box."""
        option: dict[str, Any] = super().create_option(name, value, *arguments, **values)
        if str(value) not in self._wrong:
            option["attrs"].pop("aria-invalid", None)
        return option

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        """All boxes, once it is known which are ticked."""
        self._wrong = self.required_values - set(value) or self.required_values
        return super().optgroups(name, value, attrs)
