"""Companies of a Platform with a confirmed integration and a key each; a child process of the bench.

``python -m bench.accounts NIP …``, with the Platform's settings: prints ``{NIP: key}`` as JSON.
"""

import json
import sys
from datetime import UTC, datetime

import django


def main(nips: list[str]) -> None:
    """Make them, in a database that is brought up to date first."""
    django.setup()
    from saldo_core import preparing
    from saldo_platform.companies.tables import Company, ExchangeKey, Integration, IntegrationState
    from saldo_protocol import keys

    preparing.bring_up_to_date()
    made, now = {}, datetime.now(UTC)
    for nip in nips:
        company = Company.objects.create(nip=nip, name=f"Firma {nip}", joined_at=now)
        integration = Integration.objects.create(
            company=company, state=IntegrationState.CONFIRMED, name="bench", made_at=now, decided_at=now
        )
        key = keys.make()
        ExchangeKey.objects.create(
            company=company, integration=integration, identifier=key.identifier, digest=key.digest, made_at=now
        )
        made[nip] = key.text
    print(json.dumps(made))


if __name__ == "__main__":
    main(sys.argv[1:])
