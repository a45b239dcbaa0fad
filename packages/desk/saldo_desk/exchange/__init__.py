"""The link to the Platform: key, registration, delta, outbox, runs. Knows nothing of files that get in."""
