"""Are the arrows kept where the import contracts cannot look?"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = [*(ROOT / "parking").rglob("*.py"), *(ROOT / "integrations").rglob("*.py")]


def test_no_module_imports_by_a_computed_name() -> None:
    found = [path for path in PRODUCT if re.search(r"\b(import_module|__import__)\(", path.read_text())]
    assert not found


def test_only_the_settings_read_the_environment() -> None:
    # The programs of PostgreSQL are children too: they get the environment without what would mislead them.
    allowed = {ROOT / "parking" / "settings.py", ROOT / "parking" / "kernel" / "db" / "programs.py"}
    readers = {path for path in PRODUCT if re.search(r"os\.environ|getenv\(", path.read_text())}
    # Entry points hand the environment on to child processes and to the settings; they interpret none of it.
    # An example is shown to vendors, who run it on their machines.
    features = {path for path in readers if not {"entrypoints", "examples"} & set(path.parts)}
    assert features <= allowed


def test_no_service_commits() -> None:
    services = [path for path in PRODUCT if "service" in path.stem or "service" in path.parts]
    assert services
    assert not [path for path in services if re.search(r"\.commit\(\)", path.read_text())]


def test_no_module_outgrows_its_room() -> None:
    long = {
        str(path.relative_to(ROOT)): n for path in PRODUCT if (n := len(path.read_text().splitlines())) > 400
    }
    assert not long
