"""What a user could pick instead of Saldo's exchange, each in an environment of its own with pinned versions.

``with_NAME.py`` runs there and imports nothing of ours but ``lines`` beside it; ``NAME.txt`` pins what it needs.
"""
