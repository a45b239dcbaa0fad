"""What the tests read on the API page: the codes of refusals, and the conversation of its examples."""

import re
from pathlib import Path
from typing import NamedTuple

API = Path(__file__).resolve().parent.parent / "docs" / "api.md"
CODE = re.compile(r"^\| `([a-z_]+)` \| (\d{3}) \|", re.M)
BLOCK = re.compile(r"^```http\n(.*?)^```|^<!-- (.+?) -->", re.M | re.S)


class Message(NamedTuple):
    """A request or an answer of the conversation: its first line, headers by small name, and body."""

    first: str
    headers: dict[str, str]
    body: str


def codes(of: str = "") -> dict[str, int]:
    """Each code of the page, or of one of its sections, with its status."""
    page = API.read_text("utf-8")
    if of:
        page = page.split(f"### {of}\n", 1)[1].split("\n#", 1)[0]
    return {code: int(status) for code, status in CODE.findall(page)}


def conversation() -> list[Message | str]:
    """Requests and answers in order; between them, as text, what people do outside of the API."""
    page = API.read_text("utf-8")
    part = page.split("## A conversation\n", 1)[1].split("\n## ", 1)[0]
    return [_message(block) if block else step for block, step in BLOCK.findall(part)]


def _message(text: str) -> Message:
    head, _blank, body = text.partition("\n\n")
    first, *rest = head.strip().splitlines()
    headers = {name.strip().lower(): value.strip() for name, _colon, value in (line.partition(":") for line in rest)}
    return Message(first=first, headers=headers, body=body.strip())
