# Managed by the service template: change it there, or expect a merge on update.
"""What the command says: for people, or as one JSON object for a script over many services."""

import json

from .check import Standing
from .problems import Problem
from .update import Update


def as_json(
    result: str, seconds: float, update: Update | None = None, problem: Problem | None = None
) -> str:
    """`updated`, `unchanged`, `conflict`, `planned`, or the kind of the problem; what is known."""
    told: dict[str, object] = {"result": result, "seconds": round(seconds, 1)}
    if update:
        told |= {"service": update.service, "from": update.before, "to": update.after}
        told |= {"changed": sorted(update.changes), "conflicts": sorted(update.conflicts)}
        told |= {"decisions": [{"path": path, "what": what} for path, what in update.decisions]}
    if problem:
        told |= {"message": str(problem)}
    return json.dumps(told)


def of_update(update: Update, applied: bool) -> str:
    """What changed, in the template's own words, and what the owner has to look at."""
    parts = [f"{update.service}: {update.before} -> {update.after}"]
    if update.news and update.before != update.after:
        parts.append(update.news)
    parts.append(_counts(update, applied))
    if update.conflicts:
        files = "\n".join(f"  {path}" for path in sorted(update.conflicts))
        parts.append(f"You and the template changed the same lines of:\n{files}")
    if update.decisions:
        rows = "\n".join(f"  {path} {what}" for path, what in update.decisions)
        parts.append(f"For you to decide:\n{rows}")
    parts.append(_next_steps(update, applied))
    return "\n\n".join(part for part in parts if part)


def of_standing(standing: Standing) -> str:
    """Whether it is behind, then the diffs of managed files."""
    parts = [f"{standing.service} has {standing.version}, the newest version."]
    if standing.is_behind:
        steps = "run `uv run tools/standard.py update`"
        parts = [f"{standing.service} has {standing.version}; {standing.newest} is there: {steps}"]
    if standing.edited:
        parts.append("Managed files with edits, which each update has to merge:")
        parts += [diff.rstrip() for diff in standing.edited.values()]
    return "\n\n".join(parts)


def _counts(update: Update, applied: bool) -> str:
    removed = sum(new is None for new in update.changes.values())
    added = len(update.added)
    changed = len(update.changes) - added - removed
    verb = "Done" if applied else "It would be"
    return f"{verb}: {changed} files changed, {added} added, {removed} removed."


def _next_steps(update: Update, applied: bool) -> str:
    if not applied and update.conflicts:
        return (
            "Nothing was changed. Make room for the template's lines in your own, or run it again\n"
            "with --with-conflicts, and resolve them as in a merge."
        )
    if not applied:
        return ""
    rows = [("git diff", "# what changed; nothing is committed")]
    if update.conflicts:
        rows = [("git status", "# the files in conflict, to resolve and `git add`"), *rows]
    rows += [
        ("uv sync && uv run pytest", "# does it still work?"),
        (f'git add --all && git commit -m "Update the template to {update.after}"', ""),
    ]
    return "\n".join(["Next:", *(f"  {command:<27} {why}".rstrip() for command, why in rows)])
