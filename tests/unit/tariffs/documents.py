"""Which tariffs do the worked examples go by? Published schedules, as documents."""

from __future__ import annotations

from typing import Any

ZONE = "Asia/Shanghai"


def document(**plans: dict[str, Any]) -> dict[str, Any]:
    return {"time_zone": ZONE, "plans": plans}


def all_day(*steps: dict[str, int], **more: Any) -> dict[str, Any]:
    return {"bands": [{"from": "00:00", "until": "24:00", "steps": list(steps)}], **more}


def road(*steps: dict[str, int], **more: Any) -> dict[str, Any]:
    """Charged from 8 to 20."""
    bands = [{"from": "08:00", "until": "20:00", "steps": list(steps)}, {"from": "20:00", "until": "08:00"}]
    return {"bands": bands, **more}


HOURLY_24 = {"kind": "entry", "hours": 24}
FROM_EIGHT = {"kind": "day", "from": "08:00"}
HALF_HOUR = {"minutes": 30}

# Free minutes per service day, inclusive, counted back; the window is the cycle.
SUZHOU_ROAD = document(
    timed={
        "cycle": FROM_EIGHT,
        "free": HALF_HOUR,
        "schedules": [
            road(
                {"fen": 800, "unit_minutes": 60, "until_minutes": 60},
                {"fen": 300, "unit_minutes": 30},
                cap_fen=5000,
            )
        ],
    }
)
SUZHOU_VISIT = document(visit={"cycle": FROM_EIGHT, "free": HALF_HOUR, "schedules": [road({"fen": 700})]})


def jicui(crossing: str) -> dict[str, Any]:
    """Day and night bands, 24 hours at most ten hours of the day's price."""
    bands = [
        {"from": "07:00", "until": "19:00", "steps": [{"fen": 100, "unit_minutes": 30}]},
        {"from": "19:00", "until": "07:00", "steps": [{"fen": 50, "unit_minutes": 60}]},
    ]
    return document(
        small={
            "cycle": HOURLY_24,
            "free": HALF_HOUR,
            "crossing": crossing,
            "schedules": [{"bands": bands, "cap_fen": 2000}],
        }
    )


def suizhou(first: int, more: int, cap: int) -> dict[str, Any]:
    steps = [{"fen": first, "unit_minutes": 60, "until_minutes": 60}] if first else []
    steps.append({"fen": more, "unit_minutes": 60})
    return {"cycle": HOURLY_24, "free": HALF_HOUR, "schedules": [all_day(*steps, cap_fen=cap)]}


# Three zones of one city in one document.
SUIZHOU = document(
    zone_1=suizhou(300, 200, 2000), zone_2=suizhou(300, 100, 1000), zone_3=suizhou(0, 100, 800)
) | {"choices": [{"plan": "zone_1", "zones": ["1"]}, {"plan": "zone_2", "zones": ["2"]}, {"plan": "zone_3"}]}

# Free minutes counted back; the first period is one price up to its end.
WITH_NEW_ENERGY = document(
    small={
        "cycle": HOURLY_24,
        "free": {"minutes": 90},
        "schedules": [
            all_day({"fen": 500, "until_minutes": 120}, {"fen": 100, "unit_minutes": 60}, cap_fen=2000)
        ],
    },
    green={
        "cycle": HOURLY_24,
        "free": {"minutes": 180},
        "schedules": [
            all_day({"fen": 250, "until_minutes": 240}, {"fen": 100, "unit_minutes": 60}, cap_fen=1000)
        ],
    },
) | {"choices": [{"plan": "green", "vehicles": ["new_energy"]}, {"plan": "small"}], "monthly_fen": 12000}

# A unit runs on over the band's edge; seconds count; four minutes to leave after paying.
LIANYING = document(
    lot={
        "cycle": HOURLY_24,
        "free": HALF_HOUR,
        "crossing": "carry",
        "schedules": [
            {
                "cap_fen": 3100,
                "bands": [
                    {
                        "from": "06:00",
                        "until": "20:00",
                        "cap_fen": 2600,
                        "steps": [{"fen": 200, "unit_minutes": 60}],
                    },
                    {
                        "from": "20:00",
                        "until": "06:00",
                        "cap_fen": 2000,
                        "steps": [{"fen": 200, "unit_minutes": 60}],
                    },
                ],
            }
        ],
    }
) | {"seconds": True, "grace_minutes": 4}

# No free minutes, a calendar day's cap.
FOURPYUN = document(
    lot={
        "cycle": {"kind": "day", "from": "00:00"},
        "schedules": [
            all_day(
                {"fen": 400, "unit_minutes": 60, "until_minutes": 60},
                {"fen": 100, "unit_minutes": 60},
                cap_fen=1000,
            )
        ],
    }
)
# Every word that a document may have.
FULL = {
    "time_zone": "Europe/Berlin",
    "seconds": True,
    "grace_minutes": 15,
    "monthly_fen": 12000,
    "exempt": ["military", "hearse"],
    "choices": [
        {"plan": "b", "vehicles": ["large"], "zones": ["1"], "stays": ["monthly", "shared"]},
        {"plan": "a"},
    ],
    "plans": {
        "a": {
            "cycle": {"kind": "entry", "hours": 12},
            "free": {"minutes": 20, "inclusive": False, "per": "stay"},
            "crossing": "carry",
            "most_fen": 9000,
            "schedules": [
                {
                    "days": ["holiday", "weekend"],
                    "weekdays": [5],
                    "dates": [
                        {"from": "12-30", "until": "01-02"},
                        {"from": "2026-05-01", "until": "2026-05-05"},
                    ],
                    "cap_fen": 900,
                    "bands": [{"from": "00:00", "until": "24:00", "cap_fen": 900, "steps": [{"fen": 700}]}],
                },
                {"bands": [{"from": "06:00", "until": "06:00"}]},
            ],
        },
        "b": {
            "cycle": {"kind": "day", "from": "08:00"},
            "free": {"minutes": 20, "counted_back": False},
            "schedules": [road({"fen": 5, "unit_minutes": 10, "until_minutes": 30}, {"fen": 0})],
        },
    },
}
