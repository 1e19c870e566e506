"""Updates and checks services; what came of each is a row, as `--json` prints it."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .applying import apply
from .merging import difference, read
from .ownership import is_managed
from .problems import Problem, Refused
from .service import ANSWERS, Service
from .template import Template
from .updating import Say, prepare

Row = dict[str, Any]  # what came of a service; `result` is a name in problems.CODES


def update(
    service: Service,
    template: Template,
    say: Say,
    *,
    to: str | None = None,
    answers: Mapping[str, str],
    dry_run: bool,
    with_conflicts: bool = False,
) -> Row:
    """Update the service; raise Problem, with the service as it was, if that is impossible."""
    began = time.monotonic()
    found = prepare(service, template, to, answers, say)
    result = "planned" if dry_run else "updated"
    if not found.changes:
        result = "unchanged"
    elif found.merged.conflicts and not with_conflicts:
        result = "conflict"
    if result == "updated":
        say("writing")
        apply(service.path, found.before, found.changes, found.merged.conflicts)
    row: Row = {"service": service.name, "folder": str(service.path), "result": result}
    row |= {"from": service.answers["_commit"], "to": found.target, "news": found.news}
    row |= {"conflicts": list(found.merged.conflicts), "decisions": found.merged.decisions}
    row |= {"patches": found.merged.patches, "changed": list(found.changes), **found.lines()}
    return row | {"seconds": round(time.monotonic() - began, 1)}


def check(service: Service, template: Template, say: Say) -> Row:
    """Compare the service's version with the newest, and its managed files with the template's."""
    version = service.answers["_commit"]
    newest = template.newest(version)
    with TemporaryDirectory(prefix="timberframe-") as name:
        say(f"rendering {version}")
        base = Path(name) / "base"
        template.render(template.commit_of(version), service.path / ANSWERS, {}, base)
        managed = {path: content for path, content in read(base).items() if is_managed(content)}
    ours = read(service.path, managed)
    edited = {
        path: difference(path, managed[path], ours.get(path, b""))
        for path in sorted(managed.keys() - {ANSWERS})
        if ours.get(path) != managed[path]
    }
    row = {"service": service.name, "version": version, "newest": newest, "edited": edited}
    return {"result": "unchanged" if newest == version else "behind", **row}


def fleet(folders: Sequence[Path], jobs: int, say: Say, **options: Any) -> list[Row]:
    """Update the services in the folders, `jobs` at a time; return a row for each, in order.

    Raises Refused, before any service changes, for a template that cannot be reached.
    """
    rows: dict[Path, Row] = {}
    templates: dict[str, Template] = {}
    with TemporaryDirectory(prefix="timberframe-") as name, ProcessPoolExecutor(jobs) as pool:
        services = _services_in(folders)
        for service in services.values():
            source = service.answers["_src_path"]
            if source not in templates:
                say(f"reading {source}")
                templates[source] = Template(source, Path(name) / str(len(templates)))
        waiting = {
            pool.submit(_update, service, templates[service.answers["_src_path"]], options): path
            for path, service in services.items()
        }
        for done in as_completed(waiting):
            rows[waiting[done]] = row = done.result()
            say(f"{len(rows)} of {len(services)}: {row['service']} {row['result']}")
    return [rows[path] for path in services]


def _services_in(folders: Sequence[Path]) -> dict[Path, Service]:
    """Return each folder that is a service, and the services right below the others."""
    found: dict[Path, Service] = {}
    for folder in folders:
        inside = [folder] if (folder / ANSWERS).is_file() else []
        inside = inside or sorted(file.parent for file in folder.glob(f"*/{ANSWERS}"))
        if not inside:
            raise Refused(f"{folder} holds no service: give services, or folders of services")
        found |= {path.resolve(): Service.open(path) for path in inside}
    return found


def _update(service: Service, template: Template, options: Row) -> Row:
    try:
        return update(service, template, lambda step: None, **options)
    except Problem as problem:
        row: Row = {"service": service.name, "folder": str(service.path), "message": str(problem)}
        row |= {"result": problem.result, "from": service.answers["_commit"]}
        return row | {"conflicts": [], "decisions": []}
