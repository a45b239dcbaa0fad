"""Desk: the ERP side, an accountant's daily window on invoices, payments and settlements."""
