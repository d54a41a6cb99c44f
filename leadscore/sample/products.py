"""What the company of the example sells: business units, products and the businesses they go to.

Weights, effects and spellings are as in `vocabulary.py`.
"""

from typing import NamedTuple

from leadscore.sample.vocabulary import Value


class Product(NamedTuple):
    """One product category; `unit` is the business unit that sells it."""

    unit: str
    name: str
    weight: float
    effect: float = 0.0
    spellings: tuple[str, ...] = ()


UNITS = (
    Value("ID", 52, 0.15),
    Value("AS", 41, -0.15),
    Value("IT", 5, 0.3),
    Value("Solution", 1.4, -0.3),
    Value("CM", 0.6, 0.0),
)

PRODUCTS = (
    Product(
        "ID",
        "interactive digital board",
        8,
        0.3,
        ("idb", "interactive whiteboard", "tablero digital interactivo"),
    ),
    Product("ID", "standard signage", 5, 0.1, ("signage", "digital signage", "dijital tabela")),
    Product("ID", "video wall signage", 4, 0.3, ("videowall signage", "video wall", "videowall", "led video wall")),
    Product("ID", "led signage", 4, 0.3, ("led", "led-signage", "LED 사이니지", "شاشة ليد")),
    Product("ID", "oled signage", 2, 0.0, ("oled", "transparent oled signage")),
    Product("ID", "high brightness signage", 1.5, 0.2, ("high-brightness signage", "outdoor signage")),
    Product("ID", "special signage", 1, 0.1, ("stretch signage", "mirror signage")),
    Product("ID", "signage care solution", 0.5, -0.2, ("software solution",)),
    Product("ID", "hotel tv", 6, 0.4, ("hoteltv", "hospitality tv", "TV hotelowy", "hotel television", "酒店电视")),
    Product("ID", "commercial tv", 3, 0.1, ("uhd commercial tv", "43us660example", "smart tv", "tv")),
    Product("ID", "hospital tv", 1, 0.1, ("hospital television",)),
    Product("ID", "one:quick series", 1, 0.1, ("one quick", "onequick series")),
    Product("ID", "monior/monitor tv", 6, -0.2, ("monitor tv", "monitor/monitor tv", "monitor tv ")),
    Product("AS", "vrf", 8, 0.2, ("multi v", "vrf system", "variable refrigerant flow", "vrf sistemi")),
    Product("AS", "single-split", 7, -0.1, ("single split", "split tunggal", "split ac", "rac")),
    Product("AS", "multi-split", 4, 0.0, ("multi split", "multi-split (plus)")),
    Product("AS", "chiller", 4, 0.1, ("chillers", "enfriador", "soğutucu")),
    Product("AS", "heating", 3, 0.1, ("heating system", "calefacción", "ogrzewanie")),
    Product("AS", "ventilation", 2, -0.3, ("ventilación", "wentylacja")),
    Product("AS", "residential air conditioner", 3, -0.6, ("rac (home)", "home aircon", "điều hòa gia đình")),
    Product("AS", "system air conditioner", 3, 0.1, ("sac", "cac", "system ac", "เครื่องปรับอากาศ", "מיזוג אוויר")),
    Product("AS", "energy storage", 1, -0.4, ("ess", "energy storage system")),
    Product("AS", "control solution", 1, 0.1, ("bms control", "control-solution")),
    Product("IT", "computer monitor", 2, 0.1, ("monitor", "monitors", "pc monitor")),
    Product("IT", "medical monitor", 1, 0.5, ("medical display", "medical-monitor")),
    Product("IT", "laptop", 1, -0.1, ("notebook", "portátil", "note book")),
    Product("IT", "projector", 1, 0.1, ("projectors", "proyector", "vl5")),
    Product("IT", "cloud device", 0.5, 0.3, ("thin client", "zero client", "cloud-device")),
    Product("Solution", "robot", 1, -0.3, ("robots", "service robot")),
    Product("Solution", "ev charger", 0.6, -0.2, ("electric vehicle charger", "ev-charger")),
    Product("CM", "laundry", 0.7, -0.1, ("laundromat", "washing machine", "lavandería")),
    Product("CM", "compressor and motor", 0.4, -0.3, ("compressor", "motor", "laec")),
    Product("AS", "other", 5, -0.5, ("others", "etc.", "etc", "otros", "lainnya", "其他")),
)

AREAS: dict[str, tuple[str, ...]] = {
    "corporate / office": (
        "meeting room",
        "lobby",
        "developer",
        "bank",
        "consulting",
        "manufacturing",
        "telecom",
        "it",
    ),
    "education": (
        "k-12",
        "higher education",
        "university",
        "library",
        "nursery",
        "academy",
        "training centre",
    ),
    "hotel & accommodation": ("hotel", "resort", "hostel", "cruise", "casino", "serviced flat", "camp site"),
    "hospital & health care": (
        "hospital",
        "clinic",
        "dental",
        "nursing home",
        "laboratory",
        "pharmacy",
        "wellness",
    ),
    "retail": (
        "shopping mall",
        "supermarket",
        "fashion",
        "electronics",
        "restaurant",
        "cosmetics",
        "car dealer",
    ),
    "residential (home)": (
        "apartment",
        "villa",
        "condominium",
        "town house",
        "dormitory",
        "single house",
        "senior home",
    ),
    "government department": (
        "ministry",
        "city hall",
        "court",
        "embassy",
        "tax office",
        "police",
        "fire station",
    ),
    "public facility": (
        "museum",
        "stadium",
        "theatre",
        "religious site",
        "park",
        "community centre",
        "exhibition",
    ),
    "factory": ("food", "textile", "chemical", "automotive", "semiconductor", "paper", "warehouse"),
    "transportation": ("airport", "railway", "bus", "metro", "port", "logistics", "toll road"),
    "special purpose": (
        "broadcasting",
        "control room",
        "military",
        "sports",
        "gaming",
        "rental",
        "worship",
        "data centre",
    ),
    "power plant / renewable energy": ("solar", "wind", "hydro", "thermal", "nuclear", "grid", "storage"),
}
AREA_WEIGHTS = (26, 13, 15, 9, 13, 6, 5, 4, 4, 2, 2, 1)
