"""How was the font of the printed papers made? This makes it again, byte for byte, from Noto Sans CJK.

    .venv/bin/python tools/subset_font.py /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

Needs fontTools (in the `dev` extra) and the collection of the version that the manifest names.
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


def characters() -> set[str]:
    """What papers are written with: GB 2312, the 8,105 characters of the standard list, signs and Latin."""
    told = {sign for sign in (FONTS / "characters.txt").read_text() if sign.strip()}
    told |= set(map(chr, range(0x20, 0x7F))) | set(map(chr, range(0xA0, 0x100)))
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            told |= set(bytes((row, cell)).decode("gb2312", errors="ignore"))
    # Punctuation, circled and Roman numerals, full-width forms, units: what forms and addresses use.
    for first, last in ((0x2010, 0x2027), (0x2030, 0x203B), (0x2460, 0x24FF), (0x3000, 0x301F)):
        told |= set(map(chr, range(first, last + 1)))
    for first, last in ((0xFF01, 0xFF5E), (0xFFE0, 0xFFE6), (0x3380, 0x33DF), (0x2150, 0x218F)):
        told |= set(map(chr, range(first, last + 1)))
    return told | set("²³℃℉№√×÷±≤≥≈●○■□▲△◆◇★☆✓✔☐☑→←↑↓")


def main(source: Path) -> None:
    """Write the subset and what is known of it into its manifest."""
    font = TTFont(source, fontNumber=SIMPLIFIED_CHINESE, lazy=True, recalcTimestamp=False)
    version = font["name"].getDebugName(5)
    options = subset.Options(
        layout_features=[], hinting=False, notdef_outline=True, name_IDs=[0, 1, 2, 4, 6, 13, 14]
    )
    options.drop_tables += ["vhea", "vmtx", "VORG", "GSUB", "GPOS", "GDEF", "BASE"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(characters())))
    subsetter.subset(font)
    target = FONTS / NAME
    font.save(target)
    manifest = {
        "file": NAME,
        "family": "Noto Sans CJK SC",
        "weight": "Regular",
        "made_from": "NotoSansCJK-Regular.ttc, font 2 (SC)",
        "version": version,
        "source_sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        "licence": "SIL Open Font License 1.1 (OFL.txt)",
        "characters": len(TTFont(target).getBestCmap()),
        "holds": "GB 2312, 通用规范汉字表 (characters.txt, 8,105), Latin-1, signs and numerals",
        "recipe": "tools/subset_font.py",
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
    }
    (FONTS / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
