"""Which files describe Wangchuan (望川市), the fictional city of the demo?"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
PROFILE = FOLDER / "city.toml"
LOTS = FOLDER / "lots.csv"
SOURCES = FOLDER / "sources.toml"
PLAYS = FOLDER / "plays.toml"
GATES = FOLDER / "gates.toml"
TARIFFS = FOLDER / "tariffs.toml"
SHARING = FOLDER / "sharing.toml"
# How the feed that nobody has connected yet is read: a mapping for an officer to choose.
MAPPING = FOLDER / "shinian-town.toml"
