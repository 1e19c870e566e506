"""A template of ten files with three releases, which do all that a release may do to a service."""

from pathlib import Path

from rendering import commit, edit, write

MANAGED = "# Managed by the template: edits here are merged on update.\n"

FILES = {
    "CHANGELOG.md": "# Changes\n\n## 1.0.0\n\n- The first version.\n",
    "copier.yml": """\
_subdirectory: template
_envops: {undefined: jinja2.StrictUndefined}
_exclude:
  - |
    {% if _copier_operation == "update" %}
    /README.md
    /src/{{ package }}/app.py
    {% endif %}
  - |
    {% if redis == "none" %}
    /src/{{ package }}/consumer.py
    /src/{{ package }}/observability/streams.py
    {% endif %}
  - |
    {% if deploy == "none" %}
    /Dockerfile
    {% endif %}
service_name: {type: str}
framework: {type: str, choices: [fastapi, flask], default: fastapi}
redis: {type: str, choices: [none, streams], default: none}
deploy: {type: str, choices: [docker, none], default: docker}
package: {type: str, ask: false, default: "{{ service_name | replace('-', '_') }}"}
""",
    "template/{{ _copier_conf.answers_file }}.jinja": (
        f"{MANAGED}{{{{ _copier_answers | to_nice_yaml -}}}}"
    ),
    "template/AGENTS.md": "<!-- Managed by the template -->\n# Agents\n",
    "template/Dockerfile": "FROM python\n\nEXPOSE 8000\n\nCMD service\n",
    "template/README.md": "# Service\n\n    gunicorn -c gunicorn.conf.py\n",
    "template/gunicorn.conf.py": f"{MANAGED}workers = 1\n",
    "template/pyproject.toml.jinja": """\
[project]
name = "{{ service_name }}"
dependencies = [
    "orjson>=3.11",
    # Add your own below this line.
]
""",
    "template/src/{{ package }}/app.py": "from .observability import timing\n",
    "template/src/{{ package }}/consumer.py": '"""Handles messages."""\n',
    "template/src/{{ package }}/observability/floods.py": (
        f'{MANAGED}"""Rate limits."""\n\nWINDOW_S = 10.0\n\nBURST = 5\n'
    ),
    "template/src/{{ package }}/observability/streams.py": (
        f'{MANAGED}"""Publishes messages."""\n\nLENGTH = 100\n'
    ),
    "template/src/{{ package }}/observability/timing.py": (
        f'{MANAGED}"""Slow operations."""\n\nTHRESHOLD_MS = 1000\n\n\ndef slow():\n    return 1\n'
    ),
}

ADDED = "src/orders/observability/added.py"
FLOODS = "src/orders/observability/floods.py"
STREAMS = "src/orders/observability/streams.py"
TIMING = "src/orders/observability/timing.py"


def release_twice(repository: Path) -> Path:
    """Make the repository: v1.0.0, and v2.0.0 which changes, adds and removes files."""
    write(repository, FILES)
    commit(repository, "One", "v1.0.0")
    template = repository / "template"
    package = template / "src" / "{{ package }}"
    edit(package / "observability" / "timing.py", "return 1", "return 2")
    write(package / "observability", {"added.py": f"{MANAGED}NEW = True\n"})
    (package / "observability" / "floods.py").unlink()
    (template / "gunicorn.conf.py").unlink()
    edit(template / "pyproject.toml.jinja", "orjson>=3.11", "orjson>=3.12")
    edit(template / "README.md", "# Service", "# Our service")
    edit(package / "app.py", "import timing", "import timing as slow")
    edit(template / "Dockerfile", "FROM python", "FROM python:3")
    edit(repository / "CHANGELOG.md", "\n## ", "\n## 2.0.0\n\n- The second version.\n\n## ")
    commit(repository, "Two", "v2.0.0")
    return repository


def ask_for_a_team(repository: Path) -> None:
    """Release v3.0.0, which has a question without a default."""
    edit(repository / "copier.yml", "redis: {", "team: {type: str}\nredis: {")
    agents = repository / "template" / "AGENTS.md"
    agents.write_text(agents.read_text() + "\nTeam: {{ team }}\n", encoding="utf-8")
    agents.rename(agents.with_name("AGENTS.md.jinja"))
    commit(repository, "Three", "v3.0.0")
