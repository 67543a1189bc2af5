"""S3: the bucket where mail that came in lies for a while. It keeps no versions."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from chalicelib.ports import MailGone, MailTooLarge

PREFIX = "mail/"
"""Where the receipt rule puts mail; nothing else in the bucket is read."""

_ABSENT = {"404", "NoSuchKey", "NotFound"}


class S3Inbox:
    """Reads, and takes away, what the receipt rule put into one bucket."""

    def __init__(self, *, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self, raw: str, *, at_most: int) -> bytes:
        """A whole mail. Raises `MailGone` or `MailTooLarge`, the latter before it is fetched."""
        if not raw.startswith(PREFIX):
            raise MailGone(raw)
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=raw)
            if head["ContentLength"] > at_most:
                raise MailTooLarge(str(head["ContentLength"]))
            answer = self._client.get_object(Bucket=self._bucket, Key=raw)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _ABSENT:
                raise MailGone(raw) from None
            raise
        content: bytes = answer["Body"].read()
        return content

    def forget(self, raw: str) -> None:
        """Take a mail away; one that is gone before is fine."""
        if raw.startswith(PREFIX):
            self._client.delete_object(Bucket=self._bucket, Key=raw)
