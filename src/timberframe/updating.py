"""The update from start to end: nothing of the service changes before all of it is known to fit."""

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from .mentions import mentions
from .merging import Files, Merged, merge, read
from .problems import Refused
from .service import ANSWERS, Service
from .template import Template, version_of

FIXED = ("start", "layout", "framework", "package")  # a service's own code is written for them
Say = Callable[[str], None]  # is called with each step of an update


@dataclass
class Update:
    """What an update would do: `changes` is by path, and None for a file that goes.

    `news` are the sections of the template's changelog, in Markdown.
    """

    target: str
    news: str = ""
    before: Files = field(default_factory=dict)
    changes: dict[str, bytes | None] = field(default_factory=dict)
    merged: Merged = field(default_factory=Merged)

    def lines(self) -> dict[str, int]:
        """Return how many lines are added and removed."""
        old, new = Counter[tuple[str, bytes]](), Counter[tuple[str, bytes]]()
        for path, content in self.changes.items():
            old.update((path, line) for line in self.before.get(path, b"").splitlines())
            new.update((path, line) for line in (content or b"").splitlines())
        return {"lines_added": (new - old).total(), "lines_removed": (old - new).total()}


def prepare(
    service: Service, template: Template, version: str | None, asked: Mapping[str, str], say: Say
) -> Update:
    """Work out the update to that version, or the newest, with `asked` instead of some answers.

    Raises Refused where it is impossible. Changes nothing.
    """
    for name in set(asked) & set(FIXED):
        raise Refused(f"{name} cannot change by an update: start a new service, move your code")
    service.refuse_unfinished_work()
    current = service.answers["_commit"]
    commit = template.commit_of(version or template.newest(current))
    target = template.name_of(commit)
    has, wanted = version_of(current), version_of(target)
    if has and wanted and wanted < has:
        raise Refused(f"{target} is older than {current}, which the service has: name a newer one")
    if target == current and not asked:
        return Update(target)

    with TemporaryDirectory(prefix="timberframe-") as name:
        folder, recorded = Path(name).resolve(), service.path / ANSWERS
        say(f"rendering {target}")
        answers = template.render(commit, recorded, asked, folder / "theirs")
        _refuse_other_answers(service.answers, answers, asked)
        say(f"rendering {current}")
        template.render(template.commit_of(current), recorded, {}, folder / "base")
        base, theirs, tracked = read(folder / "base"), read(folder / "theirs"), service.tracked()
        if back := sorted(tracked & theirs.keys() - base.keys()) if asked else []:
            # Files of an option that was on before: its old version tells edits from news.
            template.render(template.commit_of(current), recorded, asked, folder / "before")
            base |= read(folder / "before", back)

    say("merging")
    ours = read(service.path, tracked & {*base, *theirs})
    merged = merge(base, ours, theirs, f"template-{target}")
    changes = {
        path: merged.files.get(path)
        for path in sorted({*ours, *merged.files})
        if ours.get(path) != merged.files.get(path)
    }
    for path in sorted(changes.keys() - ours.keys()):
        if os.path.lexists(service.path / path):
            raise Refused(f"{path} is in the way of the template's: move it, or commit it")
    gone = {path for path, new in changes.items() if new is None}
    stay = read(service.path, tracked - gone, most_bytes=1_000_000) | merged.files
    own = {path: content for path, content in stay.items() if content != theirs.get(path)}
    merged.decisions += mentions(own, gone)
    news = template.changes(current, commit) if target != current else ""
    return Update(target, news, ours, changes, merged)


def _refuse_other_answers(
    before: Mapping[str, str], after: Mapping[str, str], asked: Mapping[str, str]
) -> None:
    """Raise Refused for a question that is unknown, or whose recorded answer is.

    Copier takes the default for a recorded answer that the template does not offer any more.
    """
    questions = [name for name in after if not name.startswith("_")]
    for name in asked.keys() - questions:
        known = ", ".join(questions)
        raise Refused(f"--answer {name}: the template has no such question; it has {known}")
    for name in questions:
        if name in before and after[name] != asked.get(name, before[name]):
            raise Refused(
                f"{name} is {before[name]}, which the template does not offer any more:"
                f" choose another with --answer {name}=..."
            )
