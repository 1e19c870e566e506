"""Fail on words of riddles in comments, docs and template files: `python tools/check_words.py`."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
WORDS = r"who(?:so)?ever|(?:no|some)body|(?:is|are)\s+told|tells\s+of"
WORDS += r"|bears\s+witness|stands\s+as\s+it\s+is"
RIDDLE = re.compile(rf"\b(?:{WORDS})\b", re.IGNORECASE)
CHECKED = (".py", ".md", ".jinja", ".toml", ".yml", ".yaml", ".json")


def findings(path: str) -> list[str]:
    """Return a line for each word that is found in the file."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return [
        f"{path}:{number}: {found[0]!r}; write it plainly, subject first"
        for number, line in enumerate(text.splitlines(), start=1)
        for found in RIDDLE.finditer(line)
    ]


def main() -> int:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    paths = [Path(path) for path in listed.stdout.decode().split("\0") if path.endswith(CHECKED)]
    present = [path for path in paths if (ROOT / path).exists()]
    found = [line for path in present for line in findings(path.as_posix())]
    print("\n".join(found), file=sys.stderr, end="\n" * bool(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
