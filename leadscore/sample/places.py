"""Countries, subsidiaries and invented places: what the example leads show in `customer_country`.

A country without a subsidiary of its own is served by another. The list keeps the names that trip up matching
by substring (Niger in Nigeria, Oman in Romania, Georgia the state) and those that many lists of countries
lack.
"""

from itertools import product
from typing import NamedTuple


class Country(NamedTuple):
    """One country: `subsidiary` is its `response_corporate`, `spellings` what people make of the name."""

    name: str
    weight: float
    subsidiary: str
    spellings: tuple[str, ...] = ()


REGIONS: dict[str, tuple[Country, ...]] = {
    "Asia-Pacific": (
        Country("India", 20.0, "EXIN", ("india", "INDIA", "Bharat")),
        Country("Philippines", 4.0, "EXPH", ("philippines", "The Philippines")),
        Country("Australia", 2.0, "EXAU", ("AUSTRALIA",)),
        Country("Vietnam", 2.0, "EXVN", ("Viet Nam",)),
        Country("Singapore", 1.4, "EXSG"),
        Country("Hong Kong", 0.8, "EXHK", ("Hong Kong SAR",)),
        Country("Thailand", 1.0, "EXTH"),
        Country("Indonesia", 1.2, "EXID"),
        Country("Malaysia", 0.8, "EXMY"),
        Country("Taiwan", 0.5, "EXTW"),
        Country("Japan", 0.4, "EXJP"),
        Country("China", 0.4, "EXCN", ("上海", "中国")),
        Country("South Korea", 0.3, "EXKR", ("대한민국", "Korea", "Republic of Korea")),
        Country("New Zealand", 0.3, "EXAP"),
        Country("Bangladesh", 0.5, "EXAP"),
        Country("Sri Lanka", 0.3, "EXAP"),
        Country("Papua New Guinea", 0.1, "EXAP"),
    ),
    "CIS": (
        Country("Kazakhstan", 0.5, "EXKZ"),
        Country("Georgia", 0.2, "EXEE"),
        Country("Armenia", 0.1, "EXEE"),
        Country("Uzbekistan", 0.2, "EXEE"),
    ),
    "Europe": (
        Country("United Kingdom", 3.0, "EXUK", ("UK", "united kingdom", "Great Britain")),
        Country("Germany", 2.8, "EXDE", ("Deutschland", "germany")),
        Country("Italy", 2.8, "EXIT", ("Italia",)),
        Country("Spain", 2.5, "EXES", ("España",)),
        Country("Poland", 2.2, "EXPL", ("Polska",)),
        Country("France", 1.6, "EXFR", ("france",)),
        Country("Hungary", 0.9, "EXHU", ("Magyarország",)),
        Country("Netherlands", 0.8, "EXNL", ("The Netherlands", "Holland")),
        Country("Belgium", 0.5, "EXNL"),
        Country("Portugal", 0.8, "EXPT"),
        Country("Greece", 0.5, "EXGR", ("Ελλάδα",)),
        Country("Romania", 0.5, "EXRO", ("România",)),
        Country("Czechia", 0.5, "EXCZ", ("Czech Republic", "Czech")),
        Country("Austria", 0.4, "EXDE", ("Österreich",)),
        Country("Sweden", 0.4, "EXSE"),
        Country("Switzerland", 0.3, "EXDE"),
        Country("Latvia", 0.2, "EXEE"),
        Country("Ireland", 0.3, "EXUK"),
        Country("Serbia", 0.2, "EXEE"),
        Country("Kosovo", 0.1, "EXEE"),
        Country("Ukraine", 0.3, "EXUA"),
        Country("Isle of Man", 0.1, "EXEE"),
    ),
    "Latin America and Caribbean": (
        Country("Brazil", 12.0, "EXBR", ("Brasil", "BRAZIL")),
        Country("Mexico", 4.5, "EXMX", ("México", "mexico")),
        Country("Colombia", 3.0, "EXCO", ("COLOMBIA",)),
        Country("Chile", 1.2, "EXCL"),
        Country("Peru", 1.6, "EXPE", ("Perú",)),
        Country("Argentina", 1.0, "EXAR"),
        Country("Panama", 0.8, "EXPA", ("Panamá",)),
        Country("Ecuador", 0.5, "EXLA"),
        Country("El Salvador", 0.3, "EXLA"),
        Country("Guatemala", 0.3, "EXLA"),
        Country("Costa Rica", 0.3, "EXLA"),
        Country("Dominican Republic", 0.3, "EXCB", ("República Dominicana",)),
        Country("Dominica", 0.1, "EXCB"),
        Country("Jamaica", 0.2, "EXCB"),
        Country("St Kitts", 0.1, "EXCB", ("Saint Kitts and Nevis",)),
        Country("St Maarten", 0.1, "EXCB", ("Sint Maarten",)),
    ),
    "Middle East and Africa": (
        Country("United Arab Emirates", 2.5, "EXAE", ("U.A.E", "UAE")),
        Country("Saudi Arabia", 2.4, "EXSA", ("KSA",)),
        Country("Turkey", 1.8, "EXTR", ("Türkiye",)),
        Country("Egypt", 1.2, "EXEG"),
        Country("Nigeria", 1.2, "EXNG", ("NIGERIA",)),
        Country("South Africa", 0.8, "EXZA"),
        Country("Israel", 0.5, "EXIL"),
        Country("Morocco", 0.4, "EXMA"),
        Country("Algeria", 0.4, "EXDZ"),
        Country("Tunisia", 0.3, "EXMA"),
        Country("Kenya", 0.5, "EXKE"),
        Country("Jordan", 0.3, "EXGF"),
        Country("Qatar", 0.4, "EXGF"),
        Country("Kuwait", 0.4, "EXGF"),
        Country("Oman", 0.3, "EXGF"),
        Country("Bahrain", 0.2, "EXGF"),
        Country("Palestine", 0.1, "EXGF"),
        Country("Ghana", 0.4, "EXAF"),
        Country("Niger", 0.1, "EXAF"),
        Country("Guinea", 0.1, "EXAF"),
        Country("Mali", 0.1, "EXAF"),
        Country("Somalia", 0.1, "EXAF"),
        Country("Togo", 0.1, "EXAF"),
        Country("Côte d'Ivoire", 0.2, "EXAF", ("Ivory Coast",)),
        Country("Eswatini", 0.1, "EXAF", ("Swaziland",)),
    ),
    "North America": (
        Country("United States", 14.0, "EXUS", ("USA", "U.S.", "EE. UU.", "TX", "CA", "FL", "GA", "NY", "OH")),
        Country("Canada", 1.2, "EXCA", ("canada",)),
    ),
}

# What stands in the field of a lead whose country cannot be read from it; whole strings, no city before them.
UNREADABLE = (
    *("//", "Corporate", "sales@example.com", "/ /", "info@shop.example.com", "n/a", "-"),
    *(f"{number} Example Street, Sampletown {10_000 + 7 * number}" for number in range(3, 99, 4)),
    *(f"buyer{number}@example.com" for number in range(1, 30)),
)

_STARTS = (
    "Al",
    "Bel",
    "Cor",
    "Dun",
    "El",
    "Far",
    "Gal",
    "Hol",
    "Im",
    "Jor",
    "Kel",
    "Lor",
    "Mar",
    "Nor",
    "Or",
    "Pel",
)
_STEMS = (
    "amb",
    "bran",
    "der",
    "dov",
    "fel",
    "gar",
    "hav",
    "len",
    "min",
    "nov",
    "quil",
    "rav",
    "sel",
    "tam",
    "vor",
)
_ENDS = (
    "a",
    "burg",
    "by",
    "dale",
    "ford",
    "ham",
    "ia",
    "mouth",
    "o",
    "os",
    "port",
    "stad",
    "ton",
    "ville",
    "wick",
)

#: Names of invented towns; every country uses them all.
CITIES = tuple("".join(parts) for parts in product(_STARTS, _STEMS, _ENDS))
