"""The help of the Desk: its articles, which window each is about, and the votes on them."""
