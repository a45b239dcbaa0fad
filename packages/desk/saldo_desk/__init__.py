"""Desk: the ERP side, an accountant's daily window on invoices, payments and settlements."""

__version__ = "0.2.0"
