"""The API that a good Django developer writes in an afternoon.

Django REST framework with ``many=True``, what is unchanged skipped by a digest, ``bulk_create(update_conflicts=True)``.
One module that is settings, models and views, named by ``gunicorn drf_app:application``.
"""

import hashlib
import json
import os
from typing import Any

import django
from django.conf import settings

ENGINE, NAME, HOST = (os.environ.get(f"BENCH_{name}", "") for name in ("ENGINE", "NAME", "HOST"))
SQLITE = {
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL",
    "transaction_mode": "IMMEDIATE",
    "timeout": 60,
}
settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    DATABASES={
        "default": {
            "ENGINE": f"django.db.backends.{ENGINE}",
            "NAME": NAME,
            **({"OPTIONS": SQLITE} if ENGINE == "sqlite3" else {"USER": "postgres", "HOST": HOST, "CONN_MAX_AGE": 600}),
        }
    },
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    },
    DATA_UPLOAD_MAX_MEMORY_SIZE=50_000_000,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.core.wsgi import get_wsgi_application
from django.db import connection, models, transaction
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Invoice(models.Model):
    ext_id = models.CharField(max_length=40, unique=True)
    number = models.CharField(max_length=60)
    type = models.CharField(max_length=20)
    direction = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    issued_on = models.DateField()
    party_tax_id = models.CharField(max_length=20, db_index=True)
    party_name = models.CharField(max_length=200)
    net = models.BigIntegerField()
    vat = models.BigIntegerField()
    gross = models.BigIntegerField()
    settled = models.BigIntegerField()
    digest = models.CharField(max_length=64, default="")

    class Meta:
        app_label = "contenttypes"


class Line(models.Model):
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    position = models.IntegerField()
    name = models.CharField(max_length=200)
    quantity = models.IntegerField()
    unit_price = models.BigIntegerField()
    vat_rate = models.IntegerField()
    net = models.BigIntegerField()
    vat = models.BigIntegerField()

    class Meta:
        app_label = "contenttypes"
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="line_once")]


class Payment(models.Model):
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="payments")
    ext_id = models.CharField(max_length=40)
    position = models.IntegerField()
    due_on = models.DateField()
    amount = models.BigIntegerField()
    form = models.CharField(max_length=20)
    settled = models.BigIntegerField()
    settled_on = models.DateField(null=True)

    class Meta:
        app_label = "contenttypes"
        constraints = [models.UniqueConstraint(fields=["invoice", "ext_id"], name="payment_once")]


class LineFields(serializers.ModelSerializer):
    class Meta:
        model = Line
        exclude = ["id", "invoice"]


class PaymentFields(serializers.ModelSerializer):
    class Meta:
        model = Payment
        exclude = ["id", "invoice"]


class InvoiceFields(serializers.ModelSerializer):
    lines = LineFields(many=True)
    payments = PaymentFields(many=True)

    class Meta:
        model = Invoice
        exclude = ["id", "digest"]
        extra_kwargs = {"ext_id": {"validators": []}}


def digest_of(raw: dict[str, Any]) -> str:
    """Of what the invoice says."""
    return hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()


def store(found: list[dict[str, Any]], digests: dict[str, str]) -> None:
    """Upsert the invoices, replace their parts."""
    rows = [
        Invoice(digest=digests[said["ext_id"]], **{k: v for k, v in said.items() if k not in {"lines", "payments"}})
        for said in found
    ]
    moving = [field.name for field in Invoice._meta.fields if field.name not in {"id", "ext_id"}]
    Invoice.objects.bulk_create(rows, update_conflicts=True, unique_fields=["ext_id"], update_fields=moving)
    pks = dict(Invoice.objects.filter(ext_id__in=list(digests)).values_list("ext_id", "pk"))
    changed = [pks[said["ext_id"]] for said in found]
    for model, name in ((Line, "lines"), (Payment, "payments")):
        model.objects.filter(invoice_id__in=changed).delete()
        model.objects.bulk_create(
            model(invoice_id=pks[said["ext_id"]], **part) for said in found for part in said[name]
        )


class Bulk(APIView):
    def post(self, request: Request) -> Response:
        """Take in a list of invoices; those whose digest is known are skipped."""
        digests = {raw["ext_id"]: digest_of(raw) for raw in request.data}
        known = dict(Invoice.objects.filter(ext_id__in=list(digests)).values_list("ext_id", "digest"))
        new = [raw for raw in request.data if known.get(raw["ext_id"]) != digests[raw["ext_id"]]]
        if new:
            fields = InvoiceFields(data=new, many=True)
            fields.is_valid(raise_exception=True)
            with transaction.atomic():
                store(fields.validated_data, digests)
        return Response({"written": len(new)})


class Totals(APIView):
    def get(self, request: Request) -> Response:
        """What it holds."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT count(*) FROM contenttypes_invoice), "
                "(SELECT sum(abs(gross)) FROM contenttypes_invoice), "
                "count(*), sum(abs(amount)), sum(abs(settled)) FROM contenttypes_payment"
            )
            return Response(cursor.fetchone())


urlpatterns = [path("bulk", Bulk.as_view()), path("totals", Totals.as_view())]
application = get_wsgi_application()

if __name__ == "__main__":
    with connection.schema_editor() as editor:
        for made in (Invoice, Line, Payment):
            editor.create_model(made)
