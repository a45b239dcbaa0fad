"""What companies sent: batches, invoices, payments, the change feed."""
