"""Sample invoices: schema-valid FA(3) files of an invented company, the same for a seed."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from saldo_desk.sources import ksef_number
from tools import sample_names
from tools.sample_names import Party, Product

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
EUR_RATE = Decimal("4.2650")
SPLIT_PAYMENT_FROM = Decimal(15000)
DEAR = Decimal(1000)
GROSZ = Decimal("0.01")

NAMESPACE = "http://crd.gov.pl/wzor/2025/06/25/13775/"
NET_FIELDS = {
    "23": "P_13_1",
    "8": "P_13_2",
    "5": "P_13_3",
    "0 WDT": "P_13_6_2",
    "0 EX": "P_13_6_3",
    "zw": "P_13_7",
    "np II": "P_13_9",
    "oo": "P_13_10",
}
CASH, CARD, TRANSFER = 1, 2, 6

# Every so many invoices, and of sales every so many from so many on: all kinds in a few dozen.
PURCHASE_EVERY = 4
FOREIGN = (5, 2)
LARGE = (7, 0)
INSTALMENTS = (4, 1)
PAID_AT_ONCE = (6, 4)
PAID_IN_PART = (7, 4)

MALFORMED = "error_malformed.xml"
SCHEMA_ERROR = "error_schema_total_missing.xml"
CORRECTION = "error_kind_correction.xml"
OTHER_COMPANY = "error_of_another_company.xml"
ERROR_FILES = (CORRECTION, MALFORMED, OTHER_COMPANY, SCHEMA_ERROR)


@dataclass(frozen=True)
class Line:
    """A line: net = quantity · price, rounded to grosze."""

    name: str
    quantity: Decimal
    price: Decimal
    rate: str = "23"
    unit: str = "szt."

    @property
    def net(self) -> Decimal:
        """Net value of the line."""
        return _rounded(self.quantity * self.price)


@dataclass(frozen=True)
class Content:
    """All that one sample invoice says. Amounts are decimals in `currency`."""

    number: str = "FV/2026/10/0001"
    issued_on: date = date(2026, 10, 1)
    sold_on: date | None = date(2026, 10, 1)
    seller: Party = COMPANY
    buyer: Party = sample_names.POLISH_BUYERS[0]
    currency: str = "PLN"
    lines: Sequence[Line] = (Line("Donica betonowa 60 cm", Decimal(4), Decimal("259.00")),)
    terms: Sequence[date] = (date(2026, 10, 15),)
    form: int | None = TRANSFER
    paid_on: date | None = None
    parts_paid: Sequence[tuple[Decimal, date]] = ()
    account: str = COMPANY_ACCOUNT
    split_payment: bool = False
    kind: str = "VAT"
    amount_due: Decimal | None = None
    charges: Sequence[tuple[Decimal, str]] = ()
    remarks: Sequence[tuple[str, str]] = ()
    created_at: str = ""
    system: str = "Saldo samples"
    replacements: Sequence[tuple[str, str]] = ()

    @property
    def nets(self) -> dict[str, Decimal]:
        """Net by rate, in the order of the schema."""
        rates = [rate for rate in NET_FIELDS if any(line.rate == rate for line in self.lines)]
        return {rate: sum((line.net for line in self.lines if line.rate == rate), Decimal(0)) for rate in rates}

    @property
    def gross(self) -> Decimal:
        """Net and VAT of all rates."""
        return sum((net + _vat(net, rate) for rate, net in self.nets.items()), Decimal(0))


def document(**overrides: Any) -> bytes:
    """The XML of one invoice: `Content` with these fields changed.

    `replacements` are pairs of text put into the finished XML: each must be found in it, so that
    a test that breaks a file breaks what it means to.
    """
    return _xml(Content(**overrides))


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
        paths.append(folder / _file_name(content, random))
        paths[-1].write_bytes(_xml(content))
    for name, xml in _error_files(company, today).items():
        paths.append(folder / name)
        paths[-1].write_bytes(xml)
    return sorted(paths)


def _contents(random: Random, company: Party, count: int, today: date) -> list[Content]:
    days = sorted(today - timedelta(days=random.randrange(PERIOD_DAYS)) for _ in range(count))
    contents: list[Content] = []
    in_month: dict[str, int] = {}
    sales = 0
    for at, issued_on in enumerate(days, start=1):
        if at % PURCHASE_EVERY == 0:
            contents.append(_purchase(random, company, issued_on, at))
            continue
        month = f"{issued_on:%Y/%m}"
        in_month[month] = in_month.get(month, 0) + 1
        number = f"FV/{month}/{in_month[month]:04d}"
        contents.append(_sale(random, company, issued_on, number, sales))
        sales += 1
    return contents


def _is_turn(at: int, turn: tuple[int, int]) -> bool:
    every, start = turn
    return at % every == start


def _sale(random: Random, company: Party, issued_on: date, number: str, at: int) -> Content:
    foreign = _is_turn(at, FOREIGN)
    buyers = sample_names.FOREIGN_BUYERS if foreign else sample_names.POLISH_BUYERS
    large = _is_turn(at, LARGE)
    content = Content(
        number=number,
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
        part = _rounded(content.gross * random.randint(1, 6) / 10)
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
            price = _rounded(price / EUR_RATE)
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


def _file_name(content: Content, random: Random) -> str:
    """Half of the names carry a KSeF number, as downloaded files do."""
    name = content.number.replace("/", "_")
    if random.getrandbits(1):
        return f"{name}.xml"
    body = f"{content.seller.tax_id}-{content.issued_on:%Y%m%d}-{random.getrandbits(48):012X}"
    return f"{name}_{body}-{ksef_number.checksum(body)}.xml"


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
        CORRECTION: document(number=f"KOR/{month}/9003", kind="KOR", **shared),
        OTHER_COMPANY: document(number=f"FV/{month}/9004", **strangers),
    }


def _xml(content: Content) -> bytes:
    created_at = content.created_at or f"{content.issued_on}T08:00:00Z"
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Faktura xmlns="{NAMESPACE}">\n'
        '<Naglowek><KodFormularza kodSystemowy="FA (3)" wersjaSchemy="1-0E">FA</KodFormularza>'
        f"<WariantFormularza>3</WariantFormularza>{_tag('DataWytworzeniaFa', created_at)}"
        f"{_tag('SystemInfo', content.system)}</Naglowek>\n"
        f"<Podmiot1>{_party_xml(content.seller)}</Podmiot1>\n"
        f"<Podmiot2>{_party_xml(content.buyer)}<JST>2</JST><GV>2</GV></Podmiot2>\n"
        f"<Fa>\n{_header_xml(content)}{_totals_xml(content)}{_marks_xml(content)}"
        f"{_lines_xml(content)}{_due_xml(content)}{_payment_xml(content)}</Fa>\n</Faktura>\n"
    )
    for old, new in content.replacements:
        assert old in xml, f"{old!r} is not in the sample"
        xml = xml.replace(old, new)
    return xml.encode()


def _party_xml(party: Party) -> str:
    if party.country == "PL":
        identity = _tag("NIP", party.tax_id)
    else:
        identity = _tag("KodUE", party.country) + _tag("NrVatUE", party.tax_id)
    contact = f"<DaneKontaktowe>{_tag('Email', party.email)}</DaneKontaktowe>"
    return (
        f"<DaneIdentyfikacyjne>{identity}{_tag('Nazwa', party.name)}</DaneIdentyfikacyjne>"
        f"<Adres>{_tag('KodKraju', party.country)}{_tag('AdresL1', party.street)}"
        f"{_tag('AdresL2', party.town)}</Adres>{contact if party.email else ''}"
    )


def _header_xml(content: Content) -> str:
    return (
        _tag("KodWaluty", content.currency)
        + _tag("P_1", content.issued_on)
        + _tag("P_2", content.number)
        + (_tag("P_6", content.sold_on) if content.sold_on else "")
        + "\n"
    )


def _totals_xml(content: Content) -> str:
    fields = []
    for rate, net in content.nets.items():
        net_field = NET_FIELDS[rate]
        fields.append(_tag(net_field, _money(net)))
        if rate.isdigit():
            vat_field = net_field.replace("P_13", "P_14")
            vat = _vat(net, rate)
            fields.append(_tag(vat_field, _money(vat)))
            if content.currency == "EUR":
                fields.append(_tag(f"{vat_field}W", _money(_rounded(vat * EUR_RATE))))
    return "".join(fields) + _tag("P_15", _money(content.gross)) + "\n"


def _marks_xml(content: Content) -> str:
    exempt = "zw" in content.nets
    exemption = "<P_19>1</P_19><P_19A>art. 43 ust. 1 pkt 29 ustawy o VAT</P_19A>" if exempt else "<P_19N>1</P_19N>"
    remarks = "".join(
        f"<DodatkowyOpis>{_tag('Klucz', key)}{_tag('Wartosc', value)}</DodatkowyOpis>" for key, value in content.remarks
    )
    return (
        "<Adnotacje><P_16>2</P_16><P_17>2</P_17><P_18>2</P_18>"
        f"{_tag('P_18A', 1 if content.split_payment else 2)}<Zwolnienie>{exemption}</Zwolnienie>"
        "<NoweSrodkiTransportu><P_22N>1</P_22N></NoweSrodkiTransportu><P_23>2</P_23>"
        "<PMarzy><P_PMarzyN>1</P_PMarzyN></PMarzy></Adnotacje>\n"
        f"{_tag('RodzajFaktury', content.kind)}{remarks}\n"
    )


def _lines_xml(content: Content) -> str:
    return "".join(
        f"<FaWiersz>{_tag('NrWierszaFa', at)}{_tag('P_7', line.name)}{_tag('P_8A', line.unit)}"
        f"{_tag('P_8B', line.quantity)}{_tag('P_9A', line.price)}{_tag('P_11', _money(line.net))}"
        f"{_tag('P_12', line.rate)}</FaWiersz>\n"
        for at, line in enumerate(content.lines, start=1)
    )


def _due_xml(content: Content) -> str:
    if content.amount_due is None and not content.charges:
        return ""
    charges = "".join(
        f"<Obciazenia>{_tag('Kwota', _money(amount))}{_tag('Powod', reason)}</Obciazenia>"
        for amount, reason in content.charges
    )
    total = sum((amount for amount, _ in content.charges), Decimal(0))
    due = "" if content.amount_due is None else _tag("DoZaplaty", _money(content.amount_due))
    summed = _tag("SumaObciazen", _money(total)) if content.charges else ""
    return f"<Rozliczenie>{charges}{summed}{due}</Rozliczenie>\n"


def _payment_xml(content: Content) -> str:
    paid = ""
    if content.paid_on:
        paid = "<Zaplacono>1</Zaplacono>" + _tag("DataZaplaty", content.paid_on)
    elif content.parts_paid:
        paid = "<ZnacznikZaplatyCzesciowej>1</ZnacznikZaplatyCzesciowej>" + "".join(
            f"<ZaplataCzesciowa>{_tag('KwotaZaplatyCzesciowej', _money(amount))}"
            f"{_tag('DataZaplatyCzesciowej', paid_on)}</ZaplataCzesciowa>"
            for amount, paid_on in content.parts_paid
        )
    terms = "".join(f"<TerminPlatnosci>{_tag('Termin', term)}</TerminPlatnosci>" for term in content.terms)
    form = _tag("FormaPlatnosci", content.form) if content.form else ""
    account = ""
    if content.form == TRANSFER and content.account:
        account = f"<RachunekBankowy>{_tag('NrRB', content.account)}</RachunekBankowy>"
    return f"<Platnosc>{paid}{terms}{form}{account}</Platnosc>\n"


def _tag(name: str, value: object) -> str:
    return f"<{name}>{escape(str(value))}</{name}>"


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(GROSZ, rounding=ROUND_HALF_UP)


def _vat(net: Decimal, rate: str) -> Decimal:
    return _rounded(net * int(rate) / 100) if rate.isdigit() else Decimal(0)


def main() -> None:
    """`python -m tools.samples FOLDER [--seed N] [--count N] [--nip NIP]`."""
    parser = argparse.ArgumentParser(prog="python -m tools.samples", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--nip", default=COMPANY_NIP, help="NIP of the company whose invoices they are")
    options = parser.parse_args()
    today = datetime.now(ZoneInfo("Europe/Warsaw")).date()
    paths = write(options.folder, seed=options.seed, count=options.count, today=today, company_nip=options.nip)
    print(f"{len(paths)} files in {options.folder}: {len(ERROR_FILES)} of them are wrong on purpose")


if __name__ == "__main__":
    main()
