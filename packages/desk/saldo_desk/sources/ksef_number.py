"""The number that KSeF gives to an invoice: found in a file name and checked. Knows no invoice."""

import re

# A sender's tax number, the day, twelve hexadecimal digits (older ones with a dash), a checksum.
PATTERN = re.compile(
    r"(?<![0-9A-Z])"
    r"(?P<sender>[1-9]\d{9}|M\d{9}|[A-Z]{3}\d{7})-(?P<day>20\d{6})-"
    r"(?P<first>[0-9A-F]{6})-?(?P<second>[0-9A-F]{6})-(?P<check>[0-9A-F]{2})"
    r"(?![0-9A-Z])"
)
CRC_POLYNOMIAL = 0x07


def find(name: str) -> str | None:
    """The KSeF number inside a file name, in capitals, 35 characters, or None."""
    match = PATTERN.search(name.upper())
    if match is None:
        return None
    return "{sender}-{day}-{first}{second}-{check}".format(**match.groupdict())


def checksum(body: str) -> str:
    """CRC-8 (polynomial 0x07, from 0) over the first 32 characters, as two hexadecimal digits.

    Source: `numer-ksef.md` in the documentation of KSeF (CIRFMF/ksef-docs).
    """
    register = 0
    for byte in body.encode("ascii"):
        register ^= byte
        for _ in range(8):
            register = ((register << 1) ^ (CRC_POLYNOMIAL if register & 0x80 else 0)) & 0xFF
    return f"{register:02X}"


def is_valid(number: str) -> bool:
    """Whether the last two digits are the checksum of what stands before them."""
    body, _, check = number.rpartition("-")
    return checksum(body) == check
