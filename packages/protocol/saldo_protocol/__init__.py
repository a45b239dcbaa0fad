"""What travels between an ERP and a platform of financial services. Knows neither of them."""

__version__ = "0.2.0"
