"""What travels between an ERP and a platform of financial services. Knows neither of them."""
