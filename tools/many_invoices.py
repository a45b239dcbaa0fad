"""Many invoices in the books at once, made by the database itself: to measure, and to look at plans."""

from datetime import datetime

from django.db import connection, transaction

from saldo_desk.books.tables import Company, Counterparty

PARTIES = 500


def fill(*, company: Company, count: int, now: datetime) -> None:
    """``count`` invoices of 500 counterparties over three years, one payment each; half of them were sent."""
    Counterparty.objects.bulk_create(
        Counterparty(company=company, country="PL", tax_id=f"{at:010d}", name=f"Firma {at} Łódź")
        for at in range(PARTIES)
    )
    first = Counterparty.objects.filter(company=company).order_by("pk").values_list("pk", flat=True)[0]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            INVOICES, {"company": company.pk, "count": count, "first": first, "now": now, "parties": PARTIES}
        )
        cursor.execute(PAYMENTS, {"company": company.pk})
        cursor.execute(SENT, {"company": company.pk, "now": now})


# A uid of 32 hexadecimal digits that is unique in the table, from the number of the company and of the row.
INVOICES = """
WITH RECURSIVE n(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < %(count)s)
INSERT INTO saldo_desk_invoice (
  company_id, uid, direction, type, state, number, issued_on, counterparty_id, seller_country, seller_tax_id,
  seller_name, seller_address, buyer_country, buyer_tax_id, buyer_name, buyer_address, currency, net_minor, vat_minor,
  gross_minor, settled_minor, open_minor, payment_state, due_on, split_payment, ksef_number, bank_account, note,
  warnings, content_digest, revision, recorded_at, party_folded, search_text, factor_name,
  factor_account, term_in_words, correction_reason)
SELECT %(company)s, printf('%%08x%%024x', %(company)s, at), CASE at %% 4 WHEN 0 THEN 'purchase' ELSE 'sales' END,
  'invoice', 'approved', printf('FV/%%06d', at), date('2024-01-01', (at * 7919 %% 1050) || ' days'),
  %(first)s + at * 31 %% %(parties)s, 'PL', '5260001246', 'Sprzedawca', 'Prosta 5, Łódź', 'PL', '1111111111',
  'Nabywca', 'Krzywa 7, Żory', CASE at %% 10 WHEN 0 THEN 'EUR' ELSE 'PLN' END, at * 37 %% 900000, at * 7 %% 9000,
  at * 41 %% 1000000, CASE at %% 3 WHEN 0 THEN 0 ELSE at * 41 %% 1000000 END,
  CASE at %% 3 WHEN 0 THEN at * 41 %% 1000000 ELSE 0 END, CASE at %% 3 WHEN 0 THEN 'open' ELSE 'settled' END,
  date('2024-01-15', (at * 7919 %% 1050) || ' days'), at %% 20 = 0, '', '', '', '[]', printf('%%064x', at), at,
  %(now)s, printf('firma %%d lodz', at * 31 %% %(parties)s),
  printf('fv/%%06d firma %%d lodz %%010d', at, at * 31 %% %(parties)s, at * 31 %% %(parties)s), '', '', '', ''
FROM n"""
PAYMENTS = """
INSERT INTO saldo_desk_payment (
  company_id, invoice_id, uid, position, amount_minor, settled_minor, due_on, due_on_assumed, form)
SELECT company_id, id, uid, 1, gross_minor, settled_minor, due_on, 0, 'transfer'
FROM saldo_desk_invoice WHERE company_id = %(company)s"""
SENT = """
INSERT INTO saldo_desk_sentdocument (
  invoice_id, company_id, platform_url, external_id, digest, sent_revision, answered_revision, answered_at, outcome,
  code, message)
SELECT id, company_id, 'http://127.0.0.1:9', uid, printf('%%032x', id), revision, revision, %(now)s, 'sent', '', ''
FROM saldo_desk_invoice WHERE company_id = %(company)s AND id %% 2 = 0"""
