"""Platform: the financial side, for many companies. Knows nothing of any one ERP."""

__version__ = "0.2.0"
