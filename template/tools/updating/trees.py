# Managed by the service template: change it there, or expect a merge on update.
"""Trees of files as git has them, in a repository of their own that reads the service's objects.

Nothing is written to the service's repository: what is made here goes with the folder.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .commands import git, text_of_git


@dataclass(frozen=True)
class Blob:
    """A file's mode, such as 100644, and the name of its content."""

    mode: str
    name: str


Tree = dict[str, Blob]
"""Files by their path in the service."""


@dataclass(frozen=True)
class Merged:
    """What a merge made; of a file in conflict its text with the markers, and the three sides."""

    tree: Tree
    conflicts: Mapping[str, dict[int, Blob]]


class Workbench:
    """The repository, in a folder of its own; `objects` is where those of the service are."""

    def __init__(self, folder: Path, service: Path, objects: Path) -> None:
        self._folder = folder
        form = text_of_git("rev-parse", "--show-object-format", cwd=service)
        git("init", "--quiet", f"--object-format={form}", folder, cwd=service, alone=True)
        # A service may convert or merge files in ways of its own; here each is what it is.
        attributes = "* -text -filter -ident -working-tree-encoding merge=text\n"
        (folder / ".git" / "info" / "attributes").write_text(attributes, encoding="utf-8")
        alternates = folder / ".git" / "objects" / "info" / "alternates"
        alternates.write_text(f"{objects}\n", encoding="utf-8")

    def tree_of_folder(self, source: Path) -> Tree:
        """The files of a folder."""
        self._git("read-tree", "--empty")
        here = ("--git-dir", self._folder / ".git", "--work-tree", source)
        git(*here, "add", "--all", "--force", ".", cwd=source, alone=True)
        return self.tree(self._git("write-tree").decode().strip())

    def tree(self, name: str) -> Tree:
        """The files of the tree of that name."""
        tree = {}
        for line in self._git("ls-tree", "-r", "-z", name).decode().split("\0"):
            if line:
                about, _, path = line.partition("\t")
                mode, _, blob = about.split()
                tree[path] = Blob(mode, blob)
        return tree

    def contents(self, blobs: Iterable[Blob]) -> dict[Blob, bytes]:
        """Of each blob its content, by one command for all."""
        asked = list(dict.fromkeys(blobs))
        names = "".join(f"{blob.name}\n" for blob in asked)
        answer = self._git("cat-file", "--batch", stdin=names.encode())
        found = {}
        for blob in asked:
            about, _, answer = answer.partition(b"\n")
            size = int(about.split()[2])
            found[blob], answer = answer[:size], answer[size + 1 :]
        return found

    def merge(self, base: Tree, ours: Tree, theirs: Tree, label: str) -> Merged:
        """A three-way merge in a working tree; `label` is what markers call their side."""
        root = self._commit(base)
        self._git("branch", label, self._commit(theirs, root))
        self._git("read-tree", "--empty")
        self._git("checkout", "--quiet", "--force", "--detach", self._commit(ours, root))
        # Renames are the template's to tell, in its table: to guess them has put edits elsewhere.
        merging = ("-c", "merge.renames=false", "merge", "--quiet", "--no-ff", "--no-commit")
        self._git(*merging, label, allowed=(0, 1))
        conflicts: dict[str, dict[int, Blob]] = {}
        for line in self._git("ls-files", "--unmerged", "-z").decode().split("\0"):
            if line:
                about, _, path = line.partition("\t")
                mode, blob, side = about.split()
                conflicts.setdefault(path, {})[int(side)] = Blob(mode, blob)
        self._git("add", "--all", "--force", ".")
        return Merged(self.tree(self._git("write-tree").decode().strip()), conflicts)

    def _commit(self, tree: Tree, *parents: str) -> str:
        rows = "".join(f"{blob.mode} {blob.name}\t{path}\0" for path, blob in tree.items())
        self._git("read-tree", "--empty")
        self._git("update-index", "-z", "--index-info", stdin=rows.encode())
        written = self._git("write-tree").decode().strip()
        ancestors = [option for parent in parents for option in ("-p", parent)]
        return self._git("commit-tree", "-m", "-", *ancestors, written).decode().strip()

    def _git(self, *arguments: str, stdin: bytes = b"", allowed: Sequence[int] = (0,)) -> bytes:
        return git(*arguments, cwd=self._folder, stdin=stdin, allowed=allowed, alone=True)
