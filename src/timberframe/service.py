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
        for name in ("_commit", "_src_path"):
            if name not in answers:
                raise Refused(
                    f"{path / ANSWERS} has no {name}: the service was not made from a Git"
                    " repository; add the template's version and URL, and commit"
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
        path = self.path
        try:
            git("rev-parse", "--git-dir", cwd=path)
        except Problem:
            raise Refused(f"{path} is in no git repository: run `git init` and commit") from None
        if not git("rev-parse", "--verify", "--quiet", "HEAD", cwd=path, allowed=(0, 1)):
            raise Refused(f"{path} has no commit yet: commit the service first")
        status = git("status", "--porcelain", "--untracked-files=no", "--", ".", cwd=path)
        if status:
            changed = status.decode(errors="replace").splitlines()[0][3:]
            raise Refused(f"{changed} has changes that are not committed: commit or stash them")
        if ANSWERS not in self.tracked():
            raise Refused(f"{ANSWERS} is not committed: commit it first")


def read_answers(file: Path) -> dict[str, str]:
    """Return the answers of an answers file as text; raise Refused where it is none."""
    try:
        loaded = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise Refused(f"{file} is not YAML ({' '.join(str(error).split())}): restore it") from error
    if not isinstance(loaded, dict):
        raise Refused(f"{file} has no answers: restore it")
    return {str(name): str(value) for name, value in loaded.items()}
