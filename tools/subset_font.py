"""How was the font of the printed papers made? This makes it again, byte for byte, from Noto Sans CJK.

    .venv/bin/python tools/subset_font.py /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

Needs fontTools (in the `dev` extra) and the collection of the version that the manifest names. To add a
character, add it to `characters.txt` and run this again.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FONTS = Path(__file__).parents[1] / "parking" / "portals" / "_http" / "fonts"
SIMPLIFIED_CHINESE = 2
NAME = "NotoSansCJKsc-Regular.subset.otf"


def main(source: Path) -> None:
    """Write the subset, and what is known of it into its manifest."""
    characters = set((FONTS / "characters.txt").read_text()) - {"\n"}
    font = TTFont(source, fontNumber=SIMPLIFIED_CHINESE, lazy=True, recalcTimestamp=False)
    version = font["name"].getDebugName(5)
    options = subset.Options(
        layout_features=[], hinting=False, notdef_outline=True, name_IDs=[0, 1, 2, 4, 6, 13, 14]
    )
    options.drop_tables += ["vhea", "vmtx", "VORG", "GSUB", "GPOS", "GDEF", "BASE"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(characters)))
    subsetter.subset(font)
    target = FONTS / NAME
    font.save(target)
    if absent := characters - set(map(chr, TTFont(target).getBestCmap())):
        raise SystemExit(f"The collection has no {' '.join(sorted(absent))}")
    manifest = {
        "file": NAME,
        "family": "Noto Sans CJK SC",
        "weight": "Regular",
        "made_from": "NotoSansCJK-Regular.ttc, font 2 (SC)",
        "version": version,
        "source_sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        "licence": "SIL Open Font License 1.1 (OFL.txt)",
        "characters": len(characters),
        "holds": "characters.txt: GB 2312, the 8,105 of 通用规范汉字表, Latin-1, signs, units and numerals",
        "recipe": "tools/subset_font.py",
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
    }
    (FONTS / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
