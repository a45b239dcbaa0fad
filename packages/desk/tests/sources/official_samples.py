"""What the Ministry's 26 samples say: written down by hand from the files, not by the reader."""

from datetime import date
from typing import NamedTuple

from saldo_desk.sources.documents import ReadLink


class Due(NamedTuple):
    """One payment: amount, day, whether the day is assumed, form, what is open of it."""

    amount_minor: int
    due_on: date
    assumed: bool
    form: str
    open_minor: int


class Expected(NamedTuple):
    """One invoice of the Ministry's."""

    type: str
    number: str
    currency: str
    gross_minor: int
    payments: tuple[Due, ...]
    state: str
    links: tuple[ReadLink, ...] = ()


MARCH = date(2026, 3, 15)
ISSUED = date(2026, 2, 15)
FV = "FV2026/02/150"
SELLER = "9999999999-20230908"


def _unpaid(amount_minor: int, due_on: date, form: str = "transfer", *, assumed: bool = False) -> tuple[Due, ...]:
    return (Due(amount_minor, due_on, assumed, form, amount_minor),)


def _corrects(number: str, issued_on: date, ksef_number: str = f"{SELLER}-8BEF280C8D35-4D") -> ReadLink:
    return ReadLink("corrects", number, issued_on, ksef_number)


def _settles(ksef_number: str = f"{SELLER}-8BEF280C8D35-4D") -> ReadLink:
    return ReadLink("settles_advance", ksef_number=ksef_number)


DISCOUNT = (_corrects(FV, ISSUED),)
OF_ADVANCE = (_corrects("FZ2026/02/150", ISSUED),)
HALF_YEAR = (
    _corrects("FV2026/01/134", date(2026, 1, 15)),
    _corrects(FV, ISSUED, f"{SELLER}-76B2B580D4DC-80"),
    _corrects("FV2026/03/143", MARCH, f"{SELLER}-4191312C0E57-09"),
    _corrects("FV2026/04/23", date(2026, 4, 15), f"{SELLER}-2B9266CEF3C4-DD"),
    _corrects("FV2026/05/54", date(2026, 5, 15), f"{SELLER}-16B99491C78B-3D"),
    _corrects("FV2026/06/15", date(2026, 6, 15), f"{SELLER}-D08FB95950BE-3E"),
)
LOWERED = _unpaid(-20000, MARCH, "other", assumed=True)
JULY = _unpaid(-5000000, date(2026, 7, 15), "other", assumed=True)
SIMPLE = _unpaid(45000, ISSUED, "other", assumed=True)
AUGUST = date(2026, 8, 17)

# Amount to pay differs from gross in 4 (a deduction of 1000) and 26 (a deposit of 5). P_15 of 10 is money received,
# of 14 and 17 what is left, of the corrections a difference: nothing in 5, 11 and 13.
SAMPLES = {
    "1": Expected("invoice", FV, "PLN", 205100, (Due(205100, date(2026, 1, 27), False, "transfer", 0),), "settled"),
    "2": Expected("correction", "FK2026/03/200", "PLN", -20000, LOWERED, "open", DISCOUNT),
    "3": Expected("correction", "FK2026/03/200", "PLN", -20000, LOWERED, "open", DISCOUNT),
    "4": Expected("invoice", FV, "PLN", 6427992, _unpaid(6327992, MARCH), "open"),
    "5": Expected("correction", "FK2026/04/23", "PLN", 0, (), "none", DISCOUNT),
    "6": Expected("correction", "FK2026/07/243", "PLN", -5000000, JULY, "open", HALF_YEAR),
    "7": Expected("correction", "FK2026/07/243", "PLN", -5000000, JULY, "open", HALF_YEAR),
    "8": Expected(
        "invoice", "FM2026/02/150", "PLN", 1500000,
        (Due(1500000, date(2026, 2, 27), True, "transfer", 500000),), "partly",
    ),
    "9": Expected("invoice", FV, "PLN", 276000, _unpaid(276000, MARCH), "open"),
    "10": Expected(
        "advance", "FZ2026/02/150", "PLN", 2000000, (Due(2000000, ISSUED, False, "transfer", 0),), "settled",
    ),
    "11": Expected("advance_correction", "FK2026/03/5", "PLN", 0, (), "none", OF_ADVANCE),
    "12": Expected(
        "advance_correction", "FK2026/03/7", "PLN", 1000000,
        _unpaid(1000000, date(2026, 3, 17), "other", assumed=True), "open", OF_ADVANCE,
    ),
    "13": Expected("advance_correction", "FK2026/03/7", "PLN", 0, (), "none", OF_ADVANCE),
    "14": Expected(
        "final", "FV2026/08/12", "PLN", 30763500,
        _unpaid(15381750, date(2026, 9, 15)) + _unpaid(15381750, date(2026, 10, 15)), "open", (_settles(),),
    ),
    "15": Expected("simplified", FV, "PLN", 45000, SIMPLE, "open"),
    "16": Expected("simplified", FV, "PLN", 45000, SIMPLE, "open"),
    "17": Expected(
        "final", "FV2026/08/12", "PLN", 30000000,
        _unpaid(30000000, AUGUST, "other", assumed=True), "open", (_settles(),),
    ),
    "18": Expected(
        "final_correction", "FK2026/09/1", "PLN", 763500, _unpaid(763500, AUGUST, "other", assumed=True), "open",
        (_corrects("FV2026/08/12", AUGUST), _settles(f"{SELLER}-76B2B580D4DC-80")),
    ),
    "19": Expected("invoice", "FM2026/02/150", "PLN", 300000, _unpaid(300000, ISSUED, "other", assumed=True), "open"),
    "20": Expected("invoice", FV, "EUR", 1667880, _unpaid(1667880, MARCH), "open"),
    "21": Expected("invoice", FV, "EUR", 1667880, _unpaid(1667880, MARCH), "open"),
    "22": Expected("invoice", FV, "EUR", 400000, _unpaid(400000, ISSUED, "other", assumed=True), "open"),
    "23": Expected("invoice", FV, "USD", 800000, _unpaid(800000, date(2026, 6, 15), "other", assumed=True), "open"),
    "24": Expected("invoice", FV, "PLN", 5363, _unpaid(5363, MARCH), "open"),
    "25": Expected("invoice", FV, "PLN", 5363, _unpaid(5363, MARCH), "open"),
    "26": Expected(
        "invoice", "FA/2026/02/999", "PLN", 3150, _unpaid(3650, date(2026, 2, 1), "other", assumed=True), "open",
    ),
}  # fmt: skip
