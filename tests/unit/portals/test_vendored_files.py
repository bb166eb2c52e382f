"""Are the files of others that we ship exactly theirs, with their licences?"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

VENDOR = Path(__file__).parents[3] / "parking" / "portals" / "_http" / "static" / "vendor"
PACKAGES = json.loads((VENDOR / "manifest.json").read_text("utf-8"))


def test_every_file_has_the_hash_of_its_manifest() -> None:
    for package in PACKAGES:
        for file in package["files"]:
            content = (VENDOR / package["folder"] / file["name"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == file["sha256"], file["name"]


def test_every_package_brings_its_licence_and_no_file_is_unlisted() -> None:
    listed = {f"{each['folder']}/{file['name']}" for each in PACKAGES for file in each["files"]}
    there = {str(path.relative_to(VENDOR)) for path in VENDOR.glob("*/*")}
    assert listed == there
    assert {f"{each['folder']}/LICENSE" for each in PACKAGES} <= listed


def test_the_version_is_in_the_folders_name() -> None:
    assert all(each["folder"] == f"{each['package']}-{each['version']}" for each in PACKAGES)
