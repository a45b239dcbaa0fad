"""What the company holds: counterparties, invoices, payments, settlements, history."""
