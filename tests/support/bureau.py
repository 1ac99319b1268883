"""A zone of three parks and ten sites, small enough to calculate every answer by hand.

100 m × 100 m are 15 亩. The date of the data is 2026-11-23.
"""

from pathlib import Path

from tests.support.zones import SETTINGS, Geometry, Record, block, feature, save_features, save_rows
from tests.support.zones import point as place

NAMES = {"name_zh": "示例", "name_en": "Example"}
INDICATORS = """
[[indicators]]
land_use = ["M1"]
min_investment_wan_per_mu = 350
source = "示例（2026）"
"""


def _site(site: str, status: str, area: float | None, **other: object) -> Record:
    parks = {"A": "a", "B": "b", "C": "c"}
    known = {"site_id": site, "name_zh": f"地块 {site}", "park_id": parks[site[0]]}
    return {**known, "status": status, "area_mu": area, "land_use": "M1", **other}


EQUIPMENT, MATERIALS = ["equipment"], ["materials"]
SITES: list[tuple[Record, Geometry]] = [
    # share an edge; A-3 only a corner with A-2; A-4 is not available.
    (_site("A-1", "available", 15, sectors=EQUIPMENT, supply_year=2027), block(100, 100, 100, 100)),
    (_site("A-2", "available", 30, sectors=EQUIPMENT, supply_year=2027), block(200, 100, 200, 100)),
    (
        _site(
            "A-3",
            "available",
            15,
            sectors=EQUIPMENT,
            available_from="2028-06-01",
            updated="2025-01-01",
        ),
        block(400, 200, 100, 100),
    ),
    (_site("A-4", "reserve", 15, sectors=EQUIPMENT, supply_year=2029), block(100, 200, 100, 100)),
    # Five centimetres lie between B-1 and B-2.
    (
        _site("B-1", "available", 30, sectors=MATERIALS, supply_year=2027),
        block(1100, 100, 200, 100),
    ),
    (
        _site("B-2", "available", 30, sectors=MATERIALS, supply_year=2027),
        block(1300.05, 100, 200, 100),
    ),
    (
        _site(
            "B-3",
            "operating",
            15,
            sectors=EQUIPMENT,
            min_investment_wan_per_mu=300,
            min_output_wan_per_mu=700,
            min_tax_wan_per_mu=20,
        ),
        block(1100, 300, 100, 100),
    ),
    (_site("C-1", "available", 45, sectors=[*EQUIPMENT, *MATERIALS]), block(2100, 100, 300, 100)),
    (_site("C-2", "available", None, supply_year=2028), block(2100, 300, 100, 100)),
    (_site("C-3", "negotiating", 30, sectors=["services"]), block(2300, 300, 200, 100)),
]

PARKS = [
    ({"park_id": "a", "rank": 1, "lead_sectors": EQUIPMENT}, block(0, 0, 1000, 1000)),
    (
        {"park_id": "b", "rank": 2, "lead_sectors": [*MATERIALS, *EQUIPMENT]},
        block(1000, 0, 1000, 1000),
    ),
    ({"park_id": "c", "rank": 3, "lead_sectors": ["services"]}, block(2000, 0, 1000, 1000)),
]

ZONING = [
    ("a", EQUIPMENT, 60),
    ("a", [*EQUIPMENT, *MATERIALS], 20),
    ("a", [], 20),
    ("b", MATERIALS, 30),
    ("b", EQUIPMENT, 10),
    ("c", ["services"], 80),
]

CARRIERS = [
    # total, vacant, storey height, floor load, rent
    ("K-1", "a", "office", 1000, 250, 4.5, 0.5, 30),
    ("K-2", "a", "office", 3000, None, 6, 1, 20),
    ("K-3", "b", "warehouse", 5000, 4000, 9, None, 10),
    ("K-4", "b", "warehouse", 5000, 0, 9, 5, 12),
]

PROJECTS: list[Record] = [
    {
        "project_id": "P-1",
        "park_id": "b",
        "sector_id": "equipment",
        "link_id": "L-1",
        "site_id": "B-3",
        "stage": "operating",
        "investment_yi": 0.6,
        "landed_investment_yi": 0.6,
        "annual_output_wan": 9000,
    },
    {
        "project_id": "P-2",
        "park_id": "a",
        "sector_id": "equipment",
        "link_id": "L-3",
        "stage": "under_construction",
        "investment_yi": 2,
        "leader": "甲",
        "leader_roles": ["liaison", "assistant"],
        "next_action": "办理接电",
        "next_action_date": "2027-01-01",
    },
    {
        "project_id": "P-3",
        "park_id": "a",
        "sector_id": "equipment",
        "link_id": "L-4",
        "stage": "negotiating",
    },
    {
        "project_id": "P-4",
        "park_id": "c",
        "sector_id": "services",
        "event_id": "E-1",
        "stage": "signed",
    },
    {
        "project_id": "P-5",
        "park_id": "c",
        "sector_id": "services",
        "stage": "lead",
        "next_action": "拜访",
        "next_action_date": "2026-11-01",
    },
    {
        "project_id": "P-6",
        "park_id": "b",
        "sector_id": "materials",
        "stage": "negotiating",
        "investment_yi": 1,
        "next_action": "会商",
        "next_action_date": "2027-01-01",
    },
]

STAGES = [
    ("P-1", "lead", "2026-01-01"),
    ("P-1", "negotiating", "2026-01-11"),  # after 10 days
    ("P-1", "signed", "2026-03-02"),  # 50
    ("P-1", "settled", "2026-04-01"),  # 30
    ("P-1", "under_construction", "2026-05-01"),  # 30
    ("P-1", "operating", "2026-08-09"),  # 100
    ("P-2", "lead", "2026-01-01"),
    ("P-2", "negotiating", "2026-01-31"),  # 30
    ("P-2", "signed", "2026-05-11"),  # 100
    ("P-2", "under_construction", "2026-08-19"),  # 100, and 96 so far
    ("P-3", "lead", "2026-06-06"),
    ("P-3", "negotiating", "2026-07-26"),  # 50, and 120 so far
    ("P-4", "lead", None),
    ("P-4", "signed", "2026-10-24"),  # 30 so far
    ("P-5", "lead", "2026-05-07"),  # 200 so far
    ("P-6", "lead", "2026-11-03"),  # its record says 洽谈: since when, nobody knows
]

CHAINS: list[Record] = [
    {"link_id": "L-1", "chain_id": "X", "feeds": ["L-2", "L-4"]},
    {"link_id": "L-2", "chain_id": "X", "feeds": ["L-3"]},
    {"link_id": "L-3", "chain_id": "X"},
    {"link_id": "L-4", "chain_id": "X"},
    {"link_id": "L-5", "chain_id": "Y", "feeds": ["L-6"]},
    {"link_id": "L-6", "chain_id": "Y"},
]

CUSTOMERS = [
    ("G-1", "china_500", "contacted", "L-2", "2026-12-03"),
    ("G-2", "central_soe", "visited", "L-2", "2026-11-20"),
    ("G-3", "global_500", "identified", "L-4", "2027-06-01"),
    ("G-4", "global_500", "dropped", "L-2", "2026-11-01"),
    ("G-5", "global_500", "visited", "L-5", None),
    ("G-6", "global_500", "signed", "L-6", None),
]


def bureau(folder: Path) -> Path:
    """Write the zone; return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "zone.toml").write_text(SETTINGS + INDICATORS, encoding="utf-8")
    spatial: dict[str, list[tuple[Record, Geometry]]] = {
        "parks": [({"kind": "subdistrict_park", "area_km2": 1, **NAMES, **p}, s) for p, s in PARKS],
        "zoning": [
            ({"zoning_id": f"Z-{k}", "park_id": park, "sectors": some, "area_ha": ha}, at)
            for k, (park, some, ha) in enumerate(ZONING)
            for at in [block(0, 0, 100, 100)]
        ],
        "sites": [({"land_use_scheme": "GB 50137-2011", **one}, at) for one, at in SITES],
        "carriers": [(dict(zip(_CARRIER, one, strict=True)), place(500, 500)) for one in CARRIERS],
    }
    for name, drawn in spatial.items():
        save_features(folder / f"{name}.geojson", [feature(name, *one) for one in drawn])
    common = {"source": "示例", "updated": "2026-11-23", "published": True, "demo": True}
    tables: dict[str, list[Record]] = {
        "sectors": [
            {"sector_id": "equipment", "gbt4754": ["C34", "C35"]},
            {"sector_id": "materials", "gbt4754": ["C26", "C3523"]},
            {"sector_id": "services", "gbt4754": ["F", "G", "L"]},
        ],
        "projects": PROJECTS,
        "project_stages": [
            {"project_stage_id": f"S-{k}", "project_id": p, "stage": stage, "entered": day}
            for k, (p, stage, day) in enumerate(STAGES)
        ],
        "chains": CHAINS,
        "customers": [dict(zip(_CUSTOMER, one, strict=True)) for one in CUSTOMERS],
        "events": [{"event_id": "E-1", "signed_total_yi": 5, "held_on": "2026-10-24"}],
    }
    for name, rows in tables.items():
        save_rows(folder / f"{name}.csv", [{**common, **NAMES, **row} for row in rows])
    return folder


_CARRIER = (
    "carrier_id",
    "park_id",
    "kind",
    "total_floor_area_m2",
    "vacant_floor_area_m2",
    "storey_height_m",
    "floor_load_t_per_m2",
    "rent_yuan_per_m2_month",
)
_CUSTOMER = ("customer_id", "customer_class", "customer_status", "link_id", "next_action_date")
