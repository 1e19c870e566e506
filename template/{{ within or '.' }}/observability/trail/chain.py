# Managed by the service template: change it there, or expect a merge on update.
"""The chain of the audit trail: each record carries its number and the hash of the one before.

What is hashed is what is written, after redaction and shortening; `verify.py` reads it back.
"""

import hashlib
import hmac
import json
import os
from decimal import Decimal
from typing import Any

from .. import settings
from ..encoding import encode
from ..fields import Entry
from ..record import Seal

FIRST = "0" * 64
"""The `audit_prev` of a stream's first record."""

HASH_BYTES = len(',"audit_hash":""') + len(FIRST)


def _number(text: str) -> int | float:
    # By its decimal value, for tools write 1.0 as 1 and 1e22 as 10000000000000000000000. Whole
    # numbers stay exact, so that an edit of one beyond 2**53 is found (RFC 8785 would not).
    value = Decimal(text)
    whole = value.adjusted() < 400 and value == value.to_integral_value()
    return int(value) if whole else float(text)


def _object(pairs: list[tuple[str, Any]]) -> Entry:
    entry = dict(pairs)
    if len(entry) != len(pairs):
        raise ValueError("a name occurs twice")
    return entry


parse = json.JSONDecoder(parse_float=_number, object_pairs_hook=_object).decode
"""The value of a JSON text; a name that occurs twice in an object is a ValueError."""

_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def digest(fields: Entry, key: bytes) -> str:
    """HMAC-SHA256 with a key, SHA-256 without one, of all fields but `audit_hash`, as 64 digits.

    Their canonical form is JSON with sorted names and no spaces, in UTF-8, whatever order, escapes
    and notation of numbers a tool between us and the reader has chosen.
    """
    hashed = {name: value for name, value in fields.items() if name != "audit_hash"}
    canonical = _written(hashed).encode("utf-8", "surrogatepass")
    if key:
        return hmac.digest(key, canonical, "sha256").hex()
    return hashlib.sha256(canonical).hexdigest()


class Chain:
    """One stream of records: its name, unique to this process, and where it has come to."""

    def __init__(self) -> None:
        self.stream = f"{os.urandom(8).hex()}-{os.getpid()}"
        self.seq = 0
        self.last = FIRST

    def seal(self, entry: Entry, lost: int) -> tuple[Seal, str]:
        """What makes the entry the next record, and the line; `extend` once that is written.

        `lost` records before it were not written; 0 leaves the field out.
        """
        chosen = settings.current()
        seal = Seal(audit_stream=self.stream, audit_seq=self.seq + 1, audit_prev=self.last)
        if lost:
            seal["audit_lost"] = lost
        line = encode(entry | seal, chosen.log_max_line_bytes - HASH_BYTES)
        seal["audit_hash"] = digest(parse(line), chosen.audit_key)
        return seal, f'{line[:-1]},"audit_hash":"{seal["audit_hash"]}"}}'

    def extend(self, seal: Seal) -> None:
        """Go on from that record."""
        self.seq, self.last = seal["audit_seq"], seal["audit_hash"]

    @property
    def head(self) -> dict[str, Any]:
        """The last record, for a line elsewhere that bears witness to it; empty without one."""
        return {"audit_head": {"stream": self.stream, "seq": self.seq}} if self.seq else {}
