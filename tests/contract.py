"""What a version of the template promises to services, and what a later one has taken back."""

import ast
import re
import tempfile
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml
from commands import git
from releases import clone_with_releases
from services import choices, render

PACKAGE = "orders"


@dataclass(frozen=True)
class Contract:
    """Sets of names, each with what it belongs to."""

    questions: frozenset[str]
    choices: frozenset[str]
    paths: frozenset[str]
    variables: frozenset[str]
    names: frozenset[str]
    fields: frozenset[str]


def contract_of(repository: Path, version: str) -> Contract:
    """That of a version of a repository with tags; each framework is rendered with each Redis."""
    files: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as name:
        asked = questions_of(repository, version)
        known = {
            question: set(map(str, listed.values() if isinstance(listed, dict) else listed))
            for question, details in asked.items()
            if (listed := details.get("choices"))
        }
        redis = "streams" if "streams" in known.get("redis", ()) else None
        for framework in sorted(known["framework"] & set(choices("framework"))):
            answers = {"framework": framework} | ({"redis": redis} if redis else {})
            made = render(repository, Path(name) / framework, vcs_ref=f"v{version}", **answers)
            files |= made.files()
    source = f"src/{PACKAGE}/observability"
    schema = yaml.safe_load(files[f"{source}/record.schema.json"])
    return Contract(
        questions=frozenset(asked),
        choices=frozenset(f"{name}={value}" for name, values in known.items() for value in values),
        paths=frozenset(files),
        variables=frozenset(re.findall(r"^# ([A-Z_]+)=", files[".env.example"].decode(), re.M)),
        names=frozenset(exported(files[f"{source}/__init__.py"].decode())),
        fields=frozenset(schema["properties"]),
    )


def questions_of(repository: Path, version: str) -> dict[str, dict[str, Any]]:
    """The questions that take an answer."""
    loaded = yaml.safe_load(git(repository, "show", f"v{version}:copier.yml"))
    return {
        name: details
        for name, details in loaded.items()
        if not name.startswith("_") and details.get("when") is not False
    }


def exported(source: str) -> set[str]:
    """What a module lists in __all__."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def taken_back(before: Contract, after: Contract, gone: set[str]) -> list[str]:
    """What the later one lacks, a line each; a path with a tombstone is not missed."""
    return [
        f"{field.name}: {name} is missing"
        for field in fields(Contract)
        for name in sorted(getattr(before, field.name) - getattr(after, field.name))
        if not (field.name == "paths" and name in gone)
    ]


def tombstones(root: Path) -> set[str]:
    """The paths that have one, in a service whose package is `orders`."""
    table = tomllib.loads((root / "template/tools/template.toml").read_text(encoding="utf-8"))
    return {row["path"].replace("PACKAGE", PACKAGE) for row in table.get("gone", [])}


def broken(root: Path, last: str) -> list[str]:
    """What the working tree has taken back since the last release."""
    with tempfile.TemporaryDirectory() as name:
        repository = clone_with_releases(Path(name) / "template")
        before, after = (contract_of(repository, version) for version in (last, "99.0.0"))
    return taken_back(before, after, tombstones(root))
