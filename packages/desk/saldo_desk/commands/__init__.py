"""The command line: parse, call one verb, print. ``--json`` prints what a program can read."""
