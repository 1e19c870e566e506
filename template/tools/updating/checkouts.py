# Managed by the service template: change it there, or expect a merge on update.
"""The service as it lies in its repository, which may hold others beside it."""

from dataclasses import dataclass
from pathlib import Path

from .answers import ANSWERS
from .commands import git, text_of_git
from .problems import Problem, Refused

_UNFINISHED = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
}


@dataclass(frozen=True)
class Checkout:
    """The folder of a service, and where it is in the tree of its repository: "" at its root."""

    path: Path
    prefix: str
    objects: Path

    @classmethod
    def open(cls, path: Path, *, clean: bool = True) -> "Checkout":
        """The service in that folder; Refused where it is none.

        `clean`: Refused as well where an update could not be told from other work.
        """
        if not (path / ANSWERS).is_file():
            raise Refused(f"{path} is no service: it has no {ANSWERS}; use --service")
        try:
            prefix = text_of_git("rev-parse", "--show-prefix", cwd=path)
        except Problem as problem:
            raise Refused(f"{path} is in no git repository: run `git init` and commit") from problem
        if clean:
            _refuse_unfinished_work(path)
        objects = text_of_git("rev-parse", "--git-path", "objects", cwd=path)
        return cls(path, prefix, (path / objects).resolve())

    @property
    def tree_name(self) -> str:
        """The name of the service's tree in the last commit."""
        return text_of_git("rev-parse", f"HEAD:{self.prefix.rstrip('/')}", cwd=self.path)


def _refuse_unfinished_work(path: Path) -> None:
    for name, work in _UNFINISHED.items():
        if (path / text_of_git("rev-parse", "--git-path", name, cwd=path)).exists():
            raise Refused(f"a {work} is not finished in {path}: finish or abort it first")
    try:
        git("rev-parse", "--verify", "HEAD", cwd=path)
    except Problem as problem:
        raise Refused(f"{path} has no commit yet: commit the service first") from problem
    if changed := git("status", "--porcelain", "--untracked-files=no", "--", ".", cwd=path):
        some = changed.decode(errors="replace").splitlines()[0][3:]
        raise Refused(f"{some} has changes that are not committed: commit or stash them first")
