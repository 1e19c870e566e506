"""A service owner can read all of the logging package in one sitting: its size is bounded.

Lines of every kind count: code, comments, docstrings and blank ones.
"""

from rendered import EVERY_CODE, Answers, Service, Workshop

LINES, MODULES = 2550, 23
"""Of the package of a FastAPI service without Redis."""

MOST_LINES, MOST_MODULES = 3000, 26
"""Of the largest service of any framework."""

FILES = 48
LINES_OF_TESTS = 400


def package(service: Service) -> dict[str, int]:
    """Return the lines of each file of the logging package, data included."""
    return {
        path.rpartition("/")[2]: content.count(b"\n")
        for path, content in service.files().items()
        if "/observability/" in path
    }


@EVERY_CODE
def test_the_package_can_be_read_in_one_sitting(workshop: Workshop, answers: Answers) -> None:
    is_plain = answers == {"framework": "fastapi", "redis": "none"}
    sizes = package(workshop.rendered(**answers))

    assert len(sizes) <= (MODULES if is_plain else MOST_MODULES), sizes
    assert sum(sizes.values()) <= (LINES if is_plain else MOST_LINES), sizes


def test_a_new_service_has_few_files(workshop: Workshop) -> None:
    files = workshop.rendered(framework="fastapi", redis="none", deploy="railway").files()

    assert len(files) <= FILES, "\n".join(files)
    assert not any(path.startswith("tools/") for path in files)
    assert [path for path in files if path.startswith("docs/")] == ["docs/logging.md"]


@EVERY_CODE
def test_a_new_service_has_few_tests(workshop: Workshop, answers: Answers) -> None:
    files = workshop.rendered(**answers).files()

    tests = {path: text.count(b"\n") for path, text in files.items() if path.startswith("tests/")}
    assert sum(tests.values()) <= LINES_OF_TESTS, tests
