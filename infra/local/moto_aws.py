"""AWS played by moto, in this process and safe for the threads of a web server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from moto import mock_aws
from moto.core.models import botocore_stubber

from infra.local.quick_moto import quick_moto


@contextmanager
def moto_aws(*, queued: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Play AWS for every boto3 client of this process, one request at a time.

    Calls `queued` whenever something was put on a queue. Requests to a loopback address pass
    through to a real socket: that is where the mail sink is.
    """
    with mock_aws(), quick_moto(), one_request_at_a_time(queued=queued):
        yield


@contextmanager
def one_request_at_a_time(*, queued: Callable[[], object]) -> Iterator[None]:
    """Put one lock round moto's answering of requests.

    Moto reads a row, thinks and writes it, and knows no threads: without the lock, a fifth of the
    parallel transactions fail or get lost. It wraps an inner method of moto, which is why moto is
    pinned and a test with threads guards this. The lock can be taken again by the thread that has
    it, because one service of moto calls another.
    """
    lock = threading.RLock()
    answer = botocore_stubber.process_request

    def answer_alone(request: Any) -> Any:
        with lock:
            answered = answer(request)
        if _target(request).startswith("AmazonSQS.SendMessage"):
            queued()
        return answered

    setattr(botocore_stubber, "process_request", answer_alone)  # noqa: B010
    try:
        yield
    finally:
        setattr(botocore_stubber, "process_request", answer)  # noqa: B010


def _target(request: Any) -> str:
    target = request.headers.get("X-Amz-Target", "")
    return target.decode() if isinstance(target, bytes) else target
