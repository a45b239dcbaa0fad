"""A form that isn't UTF-8, in either of its forms."""

import pytest
from django.test import Client

FIELDS = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=x"
BODIES = {
    FIELDS: b"username=+AGE-&x=%ff",
    PARTS: b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\n+AGE-\xff\r\n--x--\r\n',
}
ODD = ("utf-7", "utf-16", "latin-1", "nonsense", "idna", "base64", "rot13", "zlib", "unicode_escape", "undefined")


def post(kind: str, charset: str) -> int:
    client = Client(raise_request_exception=False)
    return client.generic("POST", "/login/", BODIES[kind], content_type=f"{kind}; charset={charset}").status_code


@pytest.mark.django_db
@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("charset", ODD)
def test_a_form_in_another_encoding_is_no_error_of_ours(kind: str, charset: str) -> None:
    assert post(kind, charset) == 400


@pytest.mark.django_db
@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"'])
def test_a_form_in_utf_8_is_read(kind: str, charset: str) -> None:
    assert post(kind, charset) == 200
