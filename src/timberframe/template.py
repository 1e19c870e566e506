"""The template's repository: its versions, its changelog, and services rendered by a version."""

import io
import os
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path

import copier
import yaml
from copier.errors import CopierError
from jinja2 import TemplateError
from packaging.version import InvalidVersion, Version

from .git import git, without_credentials
from .problems import Problem, Refused
from .service import ANSWERS, read_answers

_NO_ANSWER = re.compile(r'Question "(\w+)" is required')
_SOURCE = re.compile(r"^_src_path:.*\n(?: .*\n)*", re.MULTILINE)
_HEADING = re.compile(r"^## (?=\S)", re.MULTILINE)


class Template:
    """A clone of the template in `folder`; `source` is a URL or an absolute path."""

    def __init__(self, source: str, folder: Path) -> None:
        self.source = source
        self.clone = folder / "clone.git"
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        try:
            git("clone", "--quiet", "--bare", "--", _url(source), self.clone, cwd=folder)
        except Problem as problem:
            raise Refused(
                f"the template cannot be reached at {without_credentials(source)} ({problem}):"
                f" make _src_path in {ANSWERS} its URL or its absolute path, and commit it"
            ) from None

    def commit_of(self, version: str) -> str:
        """Return the commit of a tag (`v` may be left out), branch or commit; raise Refused."""
        for name in (version, f"v{version}"):
            asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
            if found := git(*asked, cwd=self.clone, allowed=(0, 1, 128)).decode().strip():
                return found
        has = ", ".join(self.releases()[:5]) or "no release"
        raise Refused(f"the template has no version {version}; it has {has}")

    def releases(self) -> list[str]:
        """Return the tags that are releases, the newest first."""
        tags = git("tag", cwd=self.clone).decode().split()
        versions = {tag: found for tag in tags if (found := version_of(tag)) is not None}
        final = [tag for tag, found in versions.items() if not found.is_prerelease]
        return sorted(final, key=lambda tag: versions[tag], reverse=True)

    def newest(self, current: str) -> str:
        """Return the newest release or, if it has none, commit; `current` where that is newer."""
        newest = next(iter(self.releases()), None) or self.name_of(self.commit_of("HEAD"))
        has, wanted = version_of(current), version_of(newest)
        return current if has and wanted and wanted <= has else newest

    def name_of(self, commit: str) -> str:
        """Return the commit's name as Copier records it: a tag, or one with the distance to it."""
        return git("describe", "--tags", "--always", commit, cwd=self.clone).decode().strip()

    def render(
        self, commit: str, recorded: Path, answers: Mapping[str, str], folder: Path
    ) -> dict[str, str]:
        """Render a service into the new folder; return the answers that Copier records.

        `recorded` is the service's answers file; `answers` take precedence over it.
        """
        folder.mkdir()
        (folder / ANSWERS).write_bytes(recorded.read_bytes())
        try:
            copier.run_copy(
                str(self._files(commit)),
                folder,
                data=dict(answers),
                defaults=True,
                overwrite=True,
                quiet=True,
                settings=copier.Settings(),
                skip_tasks=True,
            )
        except (CopierError, TemplateError, ValueError) as error:
            if found := _NO_ANSWER.search(str(error)):
                raise Refused(
                    f"the template asks for {found[1]} now: answer with --answer {found[1]}=..."
                ) from error
            raise Refused(" ".join(str(error).split())) from error
        made = folder / ANSWERS
        origin = {"_commit": self.name_of(commit), "_src_path": self.source}
        lines = yaml.safe_dump(origin, width=10_000, allow_unicode=True)
        text = _SOURCE.sub(lambda found: lines, made.read_text(encoding="utf-8"), count=1)
        made.write_text(text, encoding="utf-8")
        return read_answers(made)

    def changes(self, before: str, commit: str) -> str:
        """Return the sections of the changelog at the commit that are newer than `before`."""
        asked = ("show", f"{commit}:CHANGELOG.md")
        text = git(*asked, cwd=self.clone, allowed=(0, 128)).decode(errors="replace")
        known, newer = version_of(before), []
        for section in _HEADING.split(text)[1:]:
            version = version_of(section.split(maxsplit=1)[0])
            if known and version and version <= known:
                break
            newer.append(section.strip())
        return "\n\n".join(newer)

    def _files(self, commit: str) -> Path:
        """Return a plain folder of that version: Copier renders it fastest."""
        folder = self._folder / str(os.getpid()) / commit
        if not folder.exists():
            with tarfile.open(fileobj=io.BytesIO(git("archive", commit, cwd=self.clone))) as files:
                files.extractall(folder, filter="data")
        return folder


def version_of(name: str) -> Version | None:
    """Return the order of a tag; `v1.2-3-gabc`, three commits later, comes after `v1.2`."""
    try:
        return Version(re.sub(r"-(\d+)-g[0-9a-f]+$", r".post\1", name))
    except InvalidVersion:
        return None


def _url(source: str) -> str:
    url = re.sub("^gh:/*", "https://github.com/", source.removeprefix("git+"))
    return re.sub("^gl:/*", "https://gitlab.com/", url)
