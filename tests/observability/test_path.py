"""The way of an INFO line to the descriptor: few functions of the package, redaction apart."""

import json
from pathlib import Path

import observability.settings
from children import run

PACKAGE = Path(observability.settings.__file__).parent
MAX_FUNCTIONS, MAX_MODULES = 8, 6
REDACTION = ("redaction.py", "names.py")

TRACE = """
called = []
def profile(frame, event, argument):
    code = frame.f_code
    if event == "call" and code.co_filename.startswith(package):
        called.append([os.path.basename(code.co_filename), code.co_qualname])
package = sys.argv[1]
def log():
    logger.info("Transcript published", session_id="s-1", length=3)
with unit_of_work(request_id="r-1"):
    log(), log()
    sys.setprofile(profile)
    log()
    sys.setprofile(None)
print(json.dumps(called), file=sys.stderr)
"""


def test_info_reaches_the_descriptor_through_few_functions() -> None:
    done = run(TRACE, str(PACKAGE))

    path = {(file, name) for file, name in json.loads(done.errors) if file not in REDACTION}
    assert len(done.records) == 3
    assert 0 < len(path) <= MAX_FUNCTIONS, path
    assert len({file for file, _ in path}) <= MAX_MODULES, path
