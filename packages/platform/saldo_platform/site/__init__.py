"""The pages: landing, log-in, dashboard, invoices, payments, services."""
