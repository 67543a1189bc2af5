"""A name server on this machine alone, which answers from the records it is given."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from socketserver import BaseRequestHandler, UDPServer

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset

Records = Mapping[tuple[str, str], tuple[str, ...]]
"""What stands under a name and a kind of record, as a zone file writes it."""


@contextmanager
def resolving(records: Records, *, signed: tuple[str, ...] = ()) -> Iterator[dns.resolver.Resolver]:
    """A resolver that asks a server of these records; it calls the names in `signed` proven."""
    with UDPServer(("127.0.0.1", 0), _handler_of(records, signed)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = server.server_address[1]
        resolver.lifetime = 2
        try:
            yield resolver
        finally:
            server.shutdown()


def _handler_of(records: Records, signed: tuple[str, ...]) -> type[BaseRequestHandler]:
    class Answers(BaseRequestHandler):
        def handle(self) -> None:
            data, socket = self.request
            socket.sendto(
                _answer(dns.message.from_wire(data), records, signed), self.client_address
            )

    return Answers


def _answer(query: dns.message.Message, records: Records, signed: tuple[str, ...]) -> bytes:
    (asked,) = query.question
    name = asked.name.to_text(omit_final_dot=True) or "."
    kind = dns.rdatatype.to_text(asked.rdtype)
    response = dns.message.make_response(query, recursion_available=True)
    if name in signed:
        response.flags |= dns.flags.AD
    if found := records.get((name, kind)):
        response.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *found))
    elif name not in {known for known, _ in records}:
        response.set_rcode(dns.rcode.NXDOMAIN)
    return response.to_wire()
