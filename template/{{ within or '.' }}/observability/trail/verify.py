# Managed by the service template: change it there, or expect a merge on update.
"""`python -m <package>.observability verify FILE...`: is the audit trail as it was written?"""

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from ..fields import SEALED
from .chain import FIRST, digest, parse


class Link(NamedTuple):
    """One record of a stream, and where it was found: `FILE:LINE`."""

    where: str
    seq: int
    previous: str
    hash: str


@dataclass
class Stream:
    """What was found of one stream; `unfit` are records whose content their hash does not fit."""

    name: str
    links: list[Link] = field(default_factory=list)
    unfit: list[Link] = field(default_factory=list)
    unkeyed: list[Link] = field(default_factory=list)
    witness: Link | None = None
    ended: bool = False
    lost: int = 0

    def problems(self, *, keyed: bool) -> Iterator[str]:
        """One text for each thing that is wrong, with its place."""
        for link in () if self.unchecked else self.unfit:
            yield self._at(link, "does not fit its hash: edited or inserted")
        if keyed and self.unkeyed:
            numbers = f"{len(self.unkeyed)} records have a hash that needs no key"
            yield self._at(self.unkeyed[0], f"{numbers}: anybody can have written them")
        ours: dict[int, Link] = {}
        for link in [*self.links, *self.unkeyed]:
            if same := ours.get(link.seq):
                yield self._at(link, f"occurs twice: first at {same.where}")
            ours.setdefault(link.seq, link)
        claimed = {link.seq for link in self.unfit}
        chain = [Link("", 0, "", FIRST), *sorted(ours.values(), key=lambda link: link.seq)]
        for before, link in pairwise(chain):
            if link.seq == before.seq + 1:
                if link.previous != before.hash:
                    yield self._at(link, f"does not follow {before.where or 'the beginning'}")
            elif not claimed.issuperset(range(before.seq + 1, link.seq)):
                yield self._at(link, f"nothing between {before.seq} and {link.seq}: deleted")
        last = max([chain[-1].seq, *claimed])
        if self.witness and self.witness.seq > last:
            yield self._at(self.witness, f"nothing after {last}, and this line knows of more: cut")

    @property
    def unchecked(self) -> str:
        """Why the stream cannot be checked, if that is so."""
        if self.links or self.unkeyed or len(self.unfit) < 2:
            return ""
        none = f"none of its {len(self.unfit)} records fits its hash"
        return f"{self._at(self.unfit[0], none)}: AUDIT_KEY is not the service's, or all are edited"

    def _at(self, link: Link, wrong: str) -> str:
        return f"{link.where}: stream {self.name}, record {link.seq}: {wrong}"

    def summary(self) -> str:
        records = len(self.links) + len(self.unkeyed) + len(self.unfit)
        key = "with a key" if self.links and not self.unkeyed else "without a key"
        end = "to its stop" if self.ended else "no stop record: later ones may be missing"
        lost = f", {self.lost} lost by the service itself" if self.lost else ""
        return f"stream {self.name}: {records} records, {key}, {end}{lost}"


class Verification:
    """Reads lines in any order, from any number of files, among lines of others."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.streams: dict[str, Stream] = {}
        self.unreadable: list[str] = []

    def read(self, name: str, lines: Iterable[bytes]) -> None:
        """Take in what a file has of audit records and of lines that bear witness to them."""
        for number, text in _texts(lines):
            if '"audit_' not in text:
                continue
            where = f"{name}:{number}"
            try:
                record = parse(text)
                if isinstance(record, dict):
                    self._take(where, record)
            except (ValueError, TypeError, LookupError, RecursionError) as error:
                self.unreadable.append(f"{where}: no audit record can be read here: {error}")

    def problems(self) -> Iterator[str]:
        """One text for each thing that is wrong, with its place."""
        yield from self.unreadable
        for stream in self.streams.values():
            yield from stream.problems(keyed=bool(self.key))

    def _take(self, where: str, record: dict[str, object]) -> None:
        if not SEALED.isdisjoint(record):
            stream, seq = str(record["audit_stream"]), record["audit_seq"]
            link = Link(where, int(str(seq)), str(record["audit_prev"]), str(record["audit_hash"]))
            found = self.streams.setdefault(stream, Stream(stream))
            self._sort_of(found, link, record).append(link)
            found.ended |= record.get("event") == "audit_stopped"
            found.lost += int(str(record.get("audit_lost", 0)))
        elif isinstance(head := record.get("audit_head"), dict):
            link = Link(where, int(head["seq"]), "", "")
            found = self.streams.setdefault(head["stream"], Stream(head["stream"]))
            if not found.witness or link.seq > found.witness.seq:
                found.witness = link

    def _sort_of(self, found: Stream, link: Link, record: dict[str, object]) -> list[Link]:
        """Which of the stream's lists the record belongs to."""
        for key, kind in ((self.key, found.links), (b"", found.unkeyed)):
            if key or kind is found.unkeyed:
                if hmac.compare_digest(digest(record, key).encode(), link.hash.encode()):
                    return kind
        return found.unfit


def _texts(lines: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """Each line and its number; of an object over many lines, as jq writes it, all in one."""
    begun: list[tuple[int, str]] = []
    for number, line in enumerate(lines, start=1):
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if begun and text == "}":
            yield begun[0][0], "\n".join([*(part for _, part in begun), text])
            begun = []
        elif text == "{" or (begun and text.startswith((" ", "\t"))):
            begun.append((number, text))
        else:
            yield from begun  # it was no object after all
            yield number, text
            begun = []
    yield from begun
