"""A service in its repository, which may hold other services beside it."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from .git import git
from .problems import Problem, Refused

ANSWERS = ".copier-answers.yml"


@dataclass(frozen=True)
class Service:
    """The folder of a service, and its recorded answers as text."""

    path: Path
    answers: dict[str, str]

    @classmethod
    def open(cls, folder: Path) -> "Service":
        """Return the service in that folder; raise Refused where it is none."""
        path = folder.resolve()
        if not (path / ANSWERS).is_file():
            raise Refused(f"{path} is no service, it has no {ANSWERS}: give a service's folder")
        answers = read_answers(path / ANSWERS)
        if missing := {"_commit", "_src_path"} - answers.keys():
            raise Refused(
                f"{path / ANSWERS} has no {' and no '.join(sorted(missing))}:"
                " add the version and the URL of the template, and commit them"
            )
        return cls(path, answers)

    @property
    def name(self) -> str:
        return self.answers.get("service_name", self.path.name)

    def tracked(self) -> set[str]:
        """Return the files that git knows, by path in the service."""
        return set(git("ls-files", "-z", cwd=self.path).decode().split("\0")) - {""}

    def refuse_unfinished_work(self) -> None:
        """Raise Refused where an update could not be told from other work."""
        asked = ("status", "--porcelain", "--untracked-files=no", "--", ".")
        try:
            status = git(*asked, cwd=self.path).decode(errors="replace").splitlines()
        except Problem as problem:
            raise Refused(f"{self.path}: {problem}: run `git init` and commit") from None
        if status:
            changed = status[0][3:]
            raise Refused(f"{changed} has changes that are not committed: commit or stash them")
        if ANSWERS not in self.tracked():
            raise Refused(f"{self.path} is not committed: commit it first")


def read_answers(file: Path) -> dict[str, str]:
    """Return the answers of an answers file as text; raise Refused where it is none."""
    try:
        loaded = dict(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (TypeError, ValueError, yaml.YAMLError):
        raise Refused(f"{file} has no answers in YAML: restore it") from None
    return {str(name): str(value) for name, value in loaded.items()}
