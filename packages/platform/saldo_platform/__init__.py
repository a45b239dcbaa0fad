"""Platform: the financial side, for many companies. Knows nothing of any one ERP."""
