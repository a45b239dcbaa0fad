"""The bound on what one request may upload, kept before any of it is read."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

PART_BYTES_MAX = 32 * 1024**2


class BoundedUpload(FileUploadHandler):
    """Stands before Django's handlers, which spool whatever comes to the disk."""

    def handle_raw_input(
        self, input_data: Any, META: dict[str, Any], content_length: int, boundary: str, encoding: str | None = None
    ) -> None:
        """Refuse a request that says it is too large; without a length none is read at all.

        :raises RequestDataTooBig: answered as 400, with a page that says what to do.
        """
        if content_length > PART_BYTES_MAX:
            raise RequestDataTooBig

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Pass it on."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the next handler."""
