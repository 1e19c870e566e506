"""The texts of the command, made from the results that scripts get as JSON."""

from collections import Counter
from collections.abc import Iterable, Sequence

from .running import Row


def of_update(row: Row) -> str:
    """Return what changed, in the template's words, and what the owner has to look at."""
    if row["result"] == "unchanged":
        return f"{row['service']} has {row['to']}, and nothing to change."
    verb = "Done" if row["result"] == "updated" else "It would be"
    parts = [
        f"{row['service']}: {row['from']} -> {row['to']}",
        row["news"],
        f"{verb}: {_changed(row)}.",
        _listed("You and the template changed the same lines of:", row["conflicts"]),
        _listed("For you to decide:", row["decisions"]),
        *(_listed(f"{path}:", text.rstrip().splitlines()) for path, text in row["patches"].items()),
        _next_steps(row),
    ]
    return "\n\n".join(part for part in parts if part)


def of_check(row: Row) -> str:
    """Return whether the service is behind, then the edits of managed files."""
    state = f"{row['service']} has {row['version']}, the newest version."
    if row["result"] == "behind":
        newer = f"{row['newest']} is there: run `timberframe update`"
        state = f"{row['service']} has {row['version']}; {newer}"
    if not row["edited"]:
        return state
    edits = [text.rstrip() for text in row["edited"].values()]
    return "\n\n".join([state, "Managed files with edits, which each update merges:", *edits])


def of_fleet(rows: Sequence[Row]) -> str:
    """Return a table in Markdown, and the number of services by result."""
    lines = [
        "| service | result | from | to | changed | seconds | to look at |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        decisions = f"{len(row['decisions'])} to decide" if row["decisions"] else ""
        look_at = row.get("message") or ", ".join(row["conflicts"]) or decisions
        cells = [row["service"], row["result"], row["from"], row.get("to", ""), _changed(row)]
        cells += [str(row.get("seconds", "")), look_at.replace("|", "/")]
        lines.append(f"| {' | '.join(cells)} |")
    results = Counter(row["result"] for row in rows).most_common()
    counted = ", ".join(f"{number} {result}" for result, number in results)
    return "\n".join([*lines, "", f"{len(rows)} services: {counted}."])


def _changed(row: Row) -> str:
    if not row.get("changed"):
        return ""
    return f"{len(row['changed'])} files, +{row['lines_added']} -{row['lines_removed']} lines"


def _listed(title: str, rows: Iterable[str]) -> str:
    lines = [f"  {row}" for row in rows]
    return "\n".join([title, *lines]) if lines else ""


def _next_steps(row: Row) -> str:
    if row["result"] == "conflict":
        return (
            "Nothing was changed. Run it again with --with-conflicts, and resolve them as in a\n"
            "merge; or make room for the template's lines in your own, commit, and run it again."
        )
    if row["result"] == "planned":
        return ""
    steps = [
        "git diff                    # what changed; nothing is committed",
        "uv sync && uv run pytest    # does it still work?",
        f'git add --all && git commit -m "Update the template to {row["to"]}"',
    ]
    if row["conflicts"]:
        steps.insert(
            0, "git status                  # files in conflict: resolve and `git add` them"
        )
    return _listed("Next:", steps)
