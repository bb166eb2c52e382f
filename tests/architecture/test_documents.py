"""Do the documents tell the truth about the tree?"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    p for p in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "integrations").rglob("*.md")]
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_in_a_document_leads_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text()) if "://" not in target]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


def test_the_readmes_name_only_targets_that_the_makefile_has() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    for name in ("README.md", "README.zh.md", "CONTRIBUTING.md"):
        named = set(re.findall(r"`?make ([a-z-]+)", (ROOT / name).read_text()))
        assert named <= targets, name


def test_every_decision_record_has_its_four_parts() -> None:
    for record in (ROOT / "docs" / "adr").glob("*.md"):
        text = record.read_text()
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Status", "Consequences")), (
            record.name
        )


def test_nothing_in_the_project_names_a_package_registry_or_a_home() -> None:
    told = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian\.org|/work/|/root/|/home/\w")
    skipped = {".git", ".venv", "var", "vendor", "node_modules"}
    here = Path(__file__)
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in ROOT.rglob("*")
        if path.is_file()
        and path != here
        and not skipped & set(path.relative_to(ROOT).parts)
        and path.suffix
        in {".py", ".md", ".toml", ".lock", ".txt", ".html", ".js", ".css", ".json", ".po", ".csv"}
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if told.search(line)
    ]
    assert not found
