"""What developers run: sample company, demo, tests, catalogues."""
