# Managed by the service template: change it there, or expect a merge on update.
"""Puts the merged files into the service: all of them, or none.

New files are written beside the service's, then each takes its place by a rename. What was there
waits in the same folder until all are in place, so that whatever fails can be undone, and what
was killed half-way is undone by the next start.
"""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .problems import Problem, Refused

STAGING = ".template-update"
_JOURNAL = "journal.json"


@dataclass(frozen=True)
class New:
    """What a file will be."""

    content: bytes
    executable: bool


Changes = Mapping[str, New | None]
"""By path in the service; None takes the file away."""


def refuse_what_is_in_the_way(service: Path, changes: Changes, known: set[str]) -> None:
    """Refused if a new file would take the place of one that git does not know."""
    for path, new in changes.items():
        if new is None or path in known:
            continue
        for place in (Path(path), *Path(path).parents):
            here = service / place
            if os.path.lexists(here) and not (place != Path(path) and here.is_dir()):
                if here.is_file() and place == Path(path) and here.read_bytes() == new.content:
                    break
                raise Refused(f"{place} is in the way of the template's: move it, or commit it")


def apply(service: Path, changes: Changes, last: Callable[[], None] = lambda: None) -> None:
    """Make the changes, then what is to be done last; Problem if any of it fails.

    Then all of it is undone.
    """
    staging = service / STAGING
    try:
        staging.mkdir()
        for name in ("new", "old"):
            (staging / name).mkdir()
        rows = list(changes.items())
        for number, (_, new) in enumerate(rows):
            if new is not None:
                file = staging / "new" / str(number)
                file.write_bytes(new.content)
                file.chmod(0o755 if new.executable else 0o644)
        journal = [[path, new is None, _missing(service, path)] for path, new in rows]
        (staging / "journal").write_text(json.dumps(journal), encoding="utf-8")
        # Whoever finds the journal finds all of it.
        os.replace(staging / "journal", staging / _JOURNAL)
        for number, (path, new) in enumerate(rows):
            _replace(service / path, staging, number, new is not None)
        for path, new in rows:
            if new is None:
                _remove_empty_folders(service, path)
        last()
    except BaseException as error:
        undo(service)
        if isinstance(error, OSError):
            raise Problem(f"{error.filename}: {error.strerror}; nothing was changed") from error
        raise
    # From here on nothing is left to undo.
    (staging / _JOURNAL).unlink()
    shutil.rmtree(staging)


def undo(service: Path) -> bool:
    """Put back what an update that did not come to its end has taken; whether there was one."""
    staging = service / STAGING
    if not staging.exists():
        return False
    journal = staging / _JOURNAL
    rows = json.loads(journal.read_text(encoding="utf-8")) if journal.exists() else []
    for number, (path, removed, _) in enumerate(rows):
        place, old = service / path, staging / "old" / str(number)
        if os.path.lexists(old):
            place.parent.mkdir(parents=True, exist_ok=True)
            os.replace(old, place)
        elif not removed and not (staging / "new" / str(number)).exists():
            place.unlink(missing_ok=True)
    for folder in sorted({folder for _, _, folders in rows for folder in folders}, reverse=True):
        if (service / folder).is_dir():
            (service / folder).rmdir()
    shutil.rmtree(staging)
    return True


def _replace(place: Path, staging: Path, number: int, has_new: bool) -> None:
    if os.path.lexists(place):
        os.replace(place, staging / "old" / str(number))
    if has_new:
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(staging / "new" / str(number), place)


def _missing(service: Path, path: str) -> list[str]:
    """The folders that the file needs and the service has not, the innermost first."""
    return [str(folder) for folder in Path(path).parents if not (service / folder).exists()]


def _remove_empty_folders(service: Path, path: str) -> None:
    for folder in Path(path).parents:
        if folder == Path(".") or any((service / folder).iterdir()):
            return
        (service / folder).rmdir()
