"""The addresses of the Platform."""

from django.urls import URLPattern, URLResolver, include, path

from saldo_platform.site import api, api_pages
from saldo_platform.site.urls import urlpatterns as pages

api_patterns: list[URLPattern] = [
    path("v1/openapi.json", api_pages.get_openapi, name="openapi"),
    path("v1/consents", api.get_consents),
    path("v1/integration", api.get_integration),
    path("v1/batches/<uuid:uid>", api.one_batch),
    path("v1/digests", api.get_digests),
    path("v1/changes", api.get_changes),
    path("v1/registrations/<uuid:uid>", api.one_registration),
    path("v1/registrations/<uuid:uid>/verify", api.verify),
    path("v1/registrations/<uuid:uid>/code/resend", api.resend_code),
    path("v1/registrations/<uuid:uid>/activation/resend", api.resend_activation),
    path("<path:rest>", api.nothing_here),
]

well_known: list[URLPattern] = [path("jwks.json", api.get_signing_keys, name="signing-keys")]

urlpatterns: list[URLPattern | URLResolver] = [
    *pages,
    path("api/", include(api_patterns)),
    path(".well-known/", include(well_known)),
]
handler400 = "saldo_core.problem_pages.bad_request"
