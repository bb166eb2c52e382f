"""Is every fault of a mapping's text named, at its line?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.sources.mapped.presets import PRESETS
from integrations.sources.mapped.reading import examine
from integrations.sources.mapped.toml_lines import lines_of

SOUND = """\
version = 1
title = "A city"
time_zone = "Europe/Berlin"
crs = "EPSG:25832"
unknown = ["", -1]

[document]
format = "json"

[lots]
records = "lots.*"
id = "id"
name = { path = "name" }
spaces = "total"
kind = { path = "type", map = { street = "on_street" }, else = "off_street" }

[counts]
records = "lots.*"
id = "id"
time = { path = "at", format = "%d.%m.%Y %H:%M" }

[[counts.counters]]
free = "free"
capacity = "total"

[[counts.counters]]
class = "bus"
occupied_percent = "bus.load"
capacity = 40
where = [{ path = "bus.open", is = [true] }]
"""


def faults(text: str) -> list[tuple[int, str, str]]:
    """Line, place and code of each fault."""
    return [(int(str(p.params["line"])), p.field, p.code) for p in examine(text)[1].problems]


def test_a_sound_mapping_has_no_fault_and_no_doubt() -> None:
    mapping, check = examine(SOUND)
    assert mapping is not None
    assert (check.problems, check.doubts) == ((), ())


CASES = [
    ("version = 1", "version = 2", (1, "version", "wrong_version")),
    ('title = "A city"', "title = 7", (2, "title", "bad_kind")),
    ("Europe/Berlin", "Europe/Nowhere", (3, "time_zone", "unknown_zone")),
    ("EPSG:25832", "EPSG:1", (4, "crs", "unknown_crs")),
    ('["", -1]', '["", {}]', (5, "unknown[1]", "bad_kind")),
    ('format = "json"', 'format = "jsn"', (8, "document.format", "unknown_word")),
    ('format = "json"', 'format = "json"\nencoding = "zip"', (9, "document.encoding", "unknown_encoding")),
    ('format = "json"', "", (7, "document", "missing_key")),
    ('"lots.*"', '"lots"', (11, "lots.records", "no_records")),
    ('id = "id"\nname', "name", (10, "lots", "missing_key")),
    ('{ path = "name" }', '{ path = "a..b" }', (13, "lots.name.path", "bad_path")),
    ('{ path = "name" }', '{ path = "names.*" }', (13, "lots.name", "many_values")),
    ('{ path = "name" }', '{ paht = "name" }', (13, "lots.name.paht", "unknown_key")),
    ('{ path = "name" }', '{ path = "a", value = 3 }', (13, "lots.name", "one_origin")),
    ("off_street", "offstreet", (15, "lots.kind", "unknown_word")),
    ('spaces = "total"', 'lat = "lat"', (14, "lots.lat", "half_place")),
    (
        'spaces = "total"',
        'week = [{ days = "Mi", opens = "a", closes = "b" }]',
        (14, "lots.week[0].days", "bad_days"),
    ),
    ("%d.%m.%Y %H:%M", "%d.%m.%Y", (20, "counts.time.format", "bad_format")),
    ('free = "free"', 'fre = "free"', (23, "counts.counters[0].fre", "unknown_key")),
    ('free = "free"', 'free = "a"\nfree_share = "b"', (22, "counts.counters[0]", "told_twice")),
    ('class = "bus"', 'class = "tram"', (27, "counts.counters[1].class", "unknown_word")),
    ("capacity = 40\n", "", (26, "counts.counters[1]", "no_capacity")),
    (", is = [true]", "", (30, "counts.counters[1].where[0]", "missing_key")),
]


def test_every_fault_is_named_at_its_line() -> None:
    for before, after, fault in CASES:
        assert before in SOUND
        assert fault in faults(SOUND.replace(before, after, 1)), (
            after,
            faults(SOUND.replace(before, after, 1)),
        )


def test_all_faults_are_told_at_once_and_in_order() -> None:
    text = SOUND
    for before, after, _ in (CASES[2], CASES[3], CASES[12], CASES[18]):
        text = text.replace(before, after, 1)
    assert [(line, code) for line, _, code in faults(text)] == [
        (3, "unknown_zone"),
        (4, "unknown_crs"),
        (13, "one_origin"),
        (13, "unknown_key"),
        (22, "missing_key"),
        (23, "unknown_key"),
    ]


def test_a_text_that_is_no_toml_is_told_with_its_line() -> None:
    assert faults("version = 1\n[lots\n") == [(2, "", "not_toml")]
    assert faults("version = 1\nversion = 2\n") == [(2, "", "not_toml")]
    assert faults("x = " + "[" * 5_000) == [(1, "", "not_toml")]
    assert faults("#" * 70_000) == [(1, "", "too_long")]


def test_a_mapping_that_reads_nothing_is_refused() -> None:
    assert (1, "", "reads_nothing") in faults("version = 1\n")
    no_counter = SOUND[: SOUND.index("[[counts")]
    assert (17, "counts", "reads_nothing") in faults(no_counter)


def test_two_numbers_read_from_one_place_are_doubted_and_not_where_a_filter_tells_them_apart() -> None:
    twice = SOUND.replace('free = "free"', 'free = "total"')
    mapping, check = examine(twice)
    assert mapping is not None
    assert [(p.field, p.params["line"], p.params["other"]) for p in check.doubts] == [
        ("counts.counters[0].capacity", 24, "counts.counters[0].free")
    ]
    apart = SOUND.replace('"bus.load"', '"free"').replace(
        'capacity = "total"', 'capacity = "total"\nwhere = [{ path = "bus.open", not = [true] }]'
    )
    assert examine(apart)[1].doubts == ()


@pytest.mark.parametrize(
    ("told", "instead", "field"),
    [
        ('capacity = "total"', 'capacity = { first = ["free", "total"] }', "counts.counters[0].capacity"),
        ('capacity = "total"', 'capacity = { path = "free", before = "(" }', "counts.counters[0].capacity"),
        (
            'capacity = "total"',
            'capacity = "free"\nwhere = [{ path = "id", told = true }]',
            "counts.counters[0].capacity",
        ),
        ('"bus.load"', '"free"', "counts.counters[1].occupied_percent"),
        ('free = "free"', 'free = "id"', "counts.counters[0].free"),
        ('name = { path = "name" }', 'name = "id"', "lots.name"),
        ('capacity = "total"', "capacity = '\"free\"'", "counts.counters[0].capacity"),
        ('capacity = "total"', 'capacity = " free "', "counts.counters[0].capacity"),
        ('capacity = "total"', 'capacity = "free.#value"', "counts.counters[0].capacity"),
        ('capacity = "total"', 'capacity = "free.#text"', "counts.counters[0].capacity"),
        ('"bus.load"', "'\"free\"'", "counts.counters[1].occupied_percent"),
        ('name = { path = "name" }', "name = '\"id\"'", "lots.name"),
        ('spaces = "total"', "lat = 'id'\nlon = '\"id\"'", "lots.lat lots.lon"),
    ],
)
def test_a_place_that_is_read_twice_is_doubted_however_it_is_dressed(told, instead, field) -> None:
    assert told in SOUND
    assert {doubt.field for doubt in examine(SOUND.replace(told, instead))[1].doubts} == set(field.split())


def test_the_parts_of_one_text_and_a_name_that_falls_back_on_the_id_are_no_doubts() -> None:
    parts = SOUND.replace('free = "free"', 'free = { path = "free", before = "/" }')
    parts = parts.replace('capacity = "total"', 'capacity = { path = "free", after = "/" }')
    assert examine(parts)[1].doubts == ()
    assert examine(SOUND.replace('{ path = "name" }', '{ first = ["name", "id"] }'))[1].doubts == ()


def test_a_key_is_found_at_its_line_however_it_is_written() -> None:
    text = '''# a comment with [brackets] = "and more"
a.b = """
several
lines"""
"quoted.key" = [
  1,
  { x = "}", y = [1] },
]

[[t.u]]
v = 'it''s'

[t.u.w]  # of the first
z = 1
[[t.u]]
v = 2
'''.replace("'it''s'", "'its'")
    lines = lines_of(text)
    assert lines["a", "b"] == 2
    assert lines["quoted.key",] == 5
    assert lines["quoted.key", 1, "y"] == 7
    assert lines["t", "u", 0, "v"] == 11
    assert lines["t", "u", 0, "w", "z"] == 14
    assert lines["t", "u", 1, "v"] == 16


@given(st.text(max_size=60), st.integers(0, len(SOUND)), st.integers(0, 30))
def test_no_text_brings_the_reader_down(junk: str, at: int, cut: int) -> None:
    mapping, check = examine(SOUND[:at] + junk + SOUND[at + cut :])
    assert (mapping is None) == bool(check.problems)
    for problem in (*check.problems, *check.doubts):
        assert problem.text % dict(problem.params)


def test_every_mapping_that_ships_is_sound() -> None:
    for name, text in PRESETS.items():
        mapping, check = examine(text)
        assert mapping is not None, name
        assert check.problems == (), name
        # Some cities' feeds name a lot by its id alone.
        assert {doubt.field for doubt in check.doubts} <= {"lots.name"}, name
        assert (check.reads_lots, check.reads_counts) == (
            mapping.lots is not None,
            mapping.counts is not None,
        )


def test_a_mapping_says_whether_lots_and_counts_come_in_one_document() -> None:
    assert all(examine(PRESETS[name])[1].is_one_document for name in ("basel", "freiburg"))
    assert not examine(PRESETS["frankfurt"])[1].reads_lots
    assert not examine(PRESETS["kaiserslautern"])[1].is_one_document
