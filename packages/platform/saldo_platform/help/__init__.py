"""The help of the Platform: its articles, which window each is about, and the votes on them."""
