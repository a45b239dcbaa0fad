"""Sample invoices: a folder of schema-valid FA(3) files of an invented company, the same for a seed."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from saldo_desk.sources import ksef_number
from tools import sample_names
from tools.sample_names import Party, Product
from tools.sample_xml import CARD, CASH, EUR_RATE, NAMESPACE, TRANSFER, Content, Line, Named, document, rounded, xml_of

__all__ = ["Content", "Line", "Named", "document", "write"]

COMPANY = sample_names.COMPANY
COMPANY_NAME = COMPANY.name
COMPANY_NIP = COMPANY.tax_id
COMPANY_ADDRESS = f"{COMPANY.street}, {COMPANY.town}"
COMPANY_EMAIL = COMPANY.email
COMPANY_ACCOUNT = sample_names.account(1)

SEED = 7
COUNT = 40
TODAY = date(2026, 10, 31)
PERIOD_DAYS = 120
SPLIT_PAYMENT_FROM = Decimal(15000)
DEAR = Decimal(1000)

# Every so many invoices, and of sales every so many from so many on: all kinds in a few dozen.
PURCHASE_EVERY = 4
FOREIGN = (5, 2)
LARGE = (7, 0)
INSTALMENTS = (4, 1)
PAID_AT_ONCE = (6, 4)
PAID_IN_PART = (7, 4)
CORRECTION = (12, 8)
ADVANCE = (20, 3)
FINAL = (20, 6)
SIMPLIFIED = (20, 15)
FACTORED = (30, 19)
FACTOR = ("Faktor Wisła S.A.", sample_names.account(900))
PREFIXES = {"VAT": "FV", "KOR": "FK", "ZAL": "FZ", "ROZ": "FR", "UPR": "FU"}
FA1_NAMESPACE = "http://crd.gov.pl/wzor/2021/11/29/11089/"
DISCOUNT = Decimal("0.90")
ADVANCE_SHARE = Decimal("0.30")

MALFORMED = "error_malformed.xml"
SCHEMA_ERROR = "error_schema_total_missing.xml"
OLD_FORM = "error_form_fa1.xml"
OTHER_COMPANY = "error_of_another_company.xml"
ERROR_FILES = (MALFORMED, OLD_FORM, OTHER_COMPANY, SCHEMA_ERROR)


def write(
    folder: Path,
    *,
    seed: int = SEED,
    count: int = COUNT,
    today: date = TODAY,
    company_nip: str = COMPANY_NIP,
    company_name: str = COMPANY_NAME,
) -> list[Path]:
    """`count` good invoices of the company and one file for each of ERROR_FILES, in `folder`.

    Three in four are sales. Days of issue lie in the PERIOD_DAYS up to `today`. The same
    arguments write the same bytes. Returns the paths, sorted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    company = COMPANY._replace(tax_id=company_nip, name=company_name)
    random = Random(seed)
    paths = []
    for content in _contents(random, company, count, today):
        paths.append(folder / _file_name(content))
        paths[-1].write_bytes(xml_of(content))
    for name, xml in _error_files(company, today).items():
        paths.append(folder / name)
        paths[-1].write_bytes(xml)
    return sorted(paths)


def _contents(random: Random, company: Party, count: int, today: date) -> list[Content]:
    days = sorted(today - timedelta(days=random.randrange(PERIOD_DAYS)) for _ in range(count))
    contents: list[Content] = []
    in_month: dict[str, int] = {}
    sales: list[Content] = []
    for at, issued_on in enumerate(days, start=1):
        if at % PURCHASE_EVERY == 0:
            made = _purchase(random, company, issued_on, at)
        else:
            made = _sale(random, company, issued_on, len(sales))
            made = _of_its_kind(made, sales)
            month = f"{PREFIXES[made.kind]}/{issued_on:%Y/%m}"
            in_month[month] = in_month.get(month, 0) + 1
            made = replace(made, number=f"{month}/{in_month[month]:04d}")
        made = replace(made, ksef_number=_ksef_number(made, random))
        contents.append(made)
        if at % PURCHASE_EVERY:
            sales.append(made)
    return contents


def _of_its_kind(sale: Content, before: Sequence[Content]) -> Content:
    """A sale as it is, or when it is its turn a correction, an advance, its final invoice or a simplified one."""
    at = len(before)
    plain = [each for each in before if each.kind == "VAT" and each.currency == "PLN"]
    advances = [each for each in before if each.kind == "ZAL"]
    if _is_turn(at, CORRECTION) and plain:
        return _correction(sale, plain[-1])
    if _is_turn(at, ADVANCE):
        order = tuple(replace(line, rate="23") for line in sale.lines)
        worth = Content(lines=order).gross
        return replace(
            sale, kind="ZAL", lines=order, advance=rounded(worth * ADVANCE_SHARE), terms=(), paid_on=sale.issued_on
        )
    if _is_turn(at, FINAL) and advances:
        advance = advances[-1]
        named = Named(advance.number, advance.issued_on, advance.ksef_number)
        return replace(
            sale, kind="ROZ", lines=advance.lines, buyer=advance.buyer, advance=advance.gross, settles=(named,),
            split_payment=False,
        )  # fmt: skip
    if _is_turn(at, SIMPLIFIED):
        small = Line("Doniczka terakota", Decimal(3), Decimal("38.90"))
        return replace(sale, kind="UPR", lines=(small,), terms=(), paid_on=sale.issued_on, form=CASH)
    return replace(sale, factor=FACTOR) if _is_turn(at, FACTORED) else sale


def _correction(sale: Content, corrected: Content) -> Content:
    """A discount on the first line of an earlier sale."""
    first = corrected.lines[0]
    return replace(
        sale,
        kind="KOR",
        buyer=corrected.buyer,
        before=(first,),
        lines=(replace(first, price=rounded(first.price * DISCOUNT)),),
        corrects=(Named(corrected.number, corrected.issued_on, corrected.ksef_number),),
        reason="Rabat po reklamacji",
        split_payment=False,
        parts_paid=(),
    )


def _is_turn(at: int, turn: tuple[int, int]) -> bool:
    every, start = turn
    return at % every == start


def _sale(random: Random, company: Party, issued_on: date, at: int) -> Content:
    foreign = _is_turn(at, FOREIGN)
    buyers = sample_names.FOREIGN_BUYERS if foreign else sample_names.POLISH_BUYERS
    large = _is_turn(at, LARGE)
    content = Content(
        issued_on=issued_on,
        sold_on=issued_on - timedelta(days=random.randrange(4)),
        seller=company,
        buyer=random.choice(buyers),
        currency="EUR" if foreign else "PLN",
        lines=_lines(random, sample_names.SOLD, foreign=foreign, large=large),
    )
    split = large and not foreign and content.gross > SPLIT_PAYMENT_FROM
    content = replace(content, split_payment=split)
    if _is_turn(at, INSTALMENTS):
        return _in_instalments(random, content)
    if _is_turn(at, PAID_AT_ONCE):
        form = random.choice((CASH, CARD, TRANSFER))
        return replace(content, terms=(), paid_on=issued_on, form=form)
    content = _with_term(random, content)
    if _is_turn(at, PAID_IN_PART):
        part = rounded(content.gross * random.randint(1, 6) / 10)
        return replace(content, parts_paid=((part, issued_on),))
    return content


def _purchase(random: Random, company: Party, issued_on: date, at: int) -> Content:
    supplier = random.randrange(len(sample_names.SUPPLIERS))
    prefix = ("F", "FS", "FVS")[supplier % 3]
    content = Content(
        number=f"{prefix}/{100 + at}/{issued_on:%m/%Y}",
        issued_on=issued_on,
        sold_on=issued_on,
        seller=sample_names.SUPPLIERS[supplier],
        buyer=company,
        lines=_lines(random, sample_names.BOUGHT, foreign=False, large=False),
        account=sample_names.account(100 + supplier),
    )
    return _with_term(random, content)


def _lines(random: Random, products: Sequence[Product], *, foreign: bool, large: bool) -> tuple[Line, ...]:
    lines = []
    for product in random.sample(products, k=random.randint(1, 4)):
        price = product.price
        quantity = Decimal(random.randint(1, 2) if price > DEAR else random.randint(5, 60))
        if large:
            quantity *= 4
        rate = product.rate
        if foreign:
            price = rounded(price / EUR_RATE)
            rate = "np II" if product.unit in ("usł.", "os.", "m²") else "0 WDT"
        lines.append(Line(product.name, quantity, price, rate, product.unit))
    return tuple(lines)


def _with_term(random: Random, content: Content) -> Content:
    days = random.choice((7, 14, 14, 21, 30, 30, 45, 60))
    return replace(content, terms=(content.issued_on + timedelta(days=days),))


def _in_instalments(random: Random, content: Content) -> Content:
    first = content.issued_on + timedelta(days=14)
    terms = tuple(first + timedelta(days=30 * part) for part in range(random.randint(2, 4)))
    return replace(content, terms=terms)


def _ksef_number(content: Content, random: Random) -> str:
    """Half of the invoices have a KSeF number."""
    if random.getrandbits(1):
        return ""
    body = f"{content.seller.tax_id}-{content.issued_on:%Y%m%d}-{random.getrandbits(48):012X}"
    return f"{body}-{ksef_number.checksum(body)}"


def _file_name(content: Content) -> str:
    """With the KSeF number where there is one, as downloaded files have it."""
    name = content.number.replace("/", "_")
    return f"{name}_{content.ksef_number}.xml" if content.ksef_number else f"{name}.xml"


def _error_files(company: Party, today: date) -> dict[str, bytes]:
    shared = {"seller": company, "issued_on": today, "sold_on": today, "terms": (today,)}
    month = f"{today:%Y/%m}"
    good = document(number=f"FV/{month}/9001", **shared)
    strangers = shared | {"seller": sample_names.SUPPLIERS[0]}
    return {
        MALFORMED: good[: good.index(b"</FaWiersz>")],
        SCHEMA_ERROR: document(
            number=f"FV/{month}/9002",
            replacements=(("<P_15>1274.28</P_15>", ""),),
            **shared,
        ),
        OLD_FORM: document(
            number=f"FV/{month}/9003",
            replacements=((NAMESPACE, FA1_NAMESPACE),),
            **shared,
        ),
        OTHER_COMPANY: document(number=f"FV/{month}/9004", **strangers),
    }


def main() -> None:
    """`python -m tools.samples FOLDER [--seed N] [--count N] [--nip NIP] [--today DAY]`."""
    parser = argparse.ArgumentParser(prog="python -m tools.samples", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--nip", default=COMPANY_NIP, help="NIP of the company whose invoices they are")
    today = datetime.now(ZoneInfo("Europe/Warsaw")).date()
    parser.add_argument("--today", type=date.fromisoformat, default=today, help="the day up to which they are issued")
    options = parser.parse_args()
    paths = write(options.folder, seed=options.seed, count=options.count, today=options.today, company_nip=options.nip)
    print(f"{len(paths)} files in {options.folder}: {len(ERROR_FILES)} of them are wrong on purpose")


if __name__ == "__main__":
    main()
