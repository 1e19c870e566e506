# Managed by the service template: change it there, or expect a merge on update.
"""The update from start to end: nothing of the service changes before all of it is known to fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from . import answers as recorded
from . import conflicts
from .applying import Changes, New, apply, refuse_what_is_in_the_way
from .checkouts import Checkout
from .losses import lost
from .ownership import Ownership
from .problems import Loss
from .rendering import render
from .sides import settled
from .trees import Blob, Tree, Workbench
from .versions import changes_since, refuse_older

CHANGELOG = "docs/changes.md"


@dataclass(frozen=True)
class Update:
    """What an update would do, or has done.

    `news` are the template's own words, in Markdown; `changes` the files that it touches, of which
    `added` are new; `decisions` pairs of a path and what became of it; `conflicts` the files whose
    text has markers, with the three sides of each.
    """

    service: str
    before: str
    after: str
    news: str
    changes: Changes
    added: frozenset[str]
    decisions: list[tuple[str, str]]
    conflicts: Mapping[str, conflicts.Stages]


def prepare(checkout: Checkout, version: str | None, asked: Mapping[str, str]) -> Update:
    """Work out the update to that version, or the newest, with these answers instead.

    Raises Refused where it cannot be made, Loss where it would take work away. Changes nothing.
    """
    before = recorded.read(checkout.path)
    with TemporaryDirectory(prefix="template-update-") as name:
        folder = Path(name).resolve()
        after = render(checkout.path, folder / "theirs", version, asked)
        refuse_older(before["_commit"], after["_commit"])
        recorded.refuse_other_answers(before, after, asked)

        bench = Workbench(folder / "merge", checkout.path, checkout.objects)
        base = theirs = bench.tree_of_folder(folder / "theirs")
        if after != before:
            render(checkout.path, folder / "base", before["_commit"], {})
            base = bench.tree_of_folder(folder / "base")
        owned = bench.tree(checkout.tree_name)
        back = sorted(owned.keys() & theirs.keys() - base.keys()) if asked else []
        if back:
            # Files of an option that was on once; what they were then makes edits of the rest.
            render(checkout.path, folder / "before", before["_commit"], asked)
            then = bench.tree_of_folder(folder / "before")
            base |= {path: then[path] for path in back if path in then}
        ownership = Ownership(folder / "theirs", after)
        left = bench.contents(owned[row.path] for row in ownership.gone if row.path in owned)
        sides = settled(base, owned, theirs, ownership, left)
        sides.decisions += [(path, "was here, and is the template's again") for path in back]
        merged = bench.merge(sides.base, sides.ours, sides.theirs, f"template-{after['_commit']}")

        in_conflict = [blob for stages in merged.conflicts.values() for blob in stages.values()]
        trees = (sides.base, sides.ours, merged.tree)
        contents = bench.contents([*in_conflict, *(b for tree in trees for b in tree.values())])
        if missing := lost(sides, merged.tree, contents):
            raise Loss(f"this update would lose {'; '.join(missing[:3])}: report it")
        paths = {*base, *theirs, *(row.path for row in ownership.gone)}
        before_it = {path: owned[path] for path in paths & owned.keys()}
        changes = _changes(before_it, merged.tree, contents)
        refuse_what_is_in_the_way(checkout.path, changes, known=set(owned))
        return Update(
            service=after["service_name"],
            before=before["_commit"],
            after=after["_commit"],
            news=changes_since(
                before["_commit"], (folder / "theirs" / CHANGELOG).read_text(encoding="utf-8")
            ),
            changes=changes,
            added=frozenset(changes.keys() - owned.keys()),
            decisions=sides.decisions,
            conflicts={
                path: {side: (blob.mode, contents[blob]) for side, blob in stages.items()}
                for path, stages in merged.conflicts.items()
            },
        )


def carry_out(checkout: Checkout, update: Update) -> None:
    """Put it into the service's folder; Problem if that fails, and then all is as it was."""
    apply(
        checkout.path,
        update.changes,
        lambda: conflicts.register(checkout.path, checkout.prefix, update.conflicts),
    )


def _changes(ours: Tree, merged: Tree, contents: Mapping[Blob, bytes]) -> Changes:
    changed = sorted(p for p in {*ours, *merged} if ours.get(p) != merged.get(p))
    news = {path: merged.get(path) for path in changed}
    return {
        path: New(contents[blob], blob.mode == "100755") if blob else None
        for path, blob in news.items()
    }
