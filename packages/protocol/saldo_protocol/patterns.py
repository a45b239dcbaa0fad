"""Patterns of the wire, written so that they mean the same in Python and in JSON Schema.

``$`` alone also matches before a line end at the very end of a text: ``"9999999999\\n"`` would pass for a NIP.
"""

ONE_LINE = r"[^\x00-\x1f\x7f]*"
"""No control character: no line end, no tab, no NUL."""


def whole(pattern: str) -> str:
    """The pattern for a whole text, without anything before or after."""
    return f"^(?:{pattern})(?!\\n)$"
