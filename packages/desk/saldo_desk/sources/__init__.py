"""How invoices get in: pure readers of files, then one verb of books."""
