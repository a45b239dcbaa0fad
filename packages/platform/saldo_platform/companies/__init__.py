"""Who: people, companies, consents, registration, activation, integrations, exchange keys, audit, mail."""
