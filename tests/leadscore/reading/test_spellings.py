# ruff: noqa: RUF001  (letters that look like others are the matter of this table)
"""What people really write, and what it means: the cases of such tables, each with what follows from it.

The spellings of countries are in `test_country.py`.
"""

import polars as pl
import pytest

from leadscore.reading.timeline import Timeline
from leadscore.reading.vocabulary import Plain, load_all

READINGS = {vocabulary.name: vocabulary for vocabulary in load_all()} | {
    "plain": Plain.load(),
    "timeline": Timeline.load(),
}

UNKNOWN = [
    *("Unknown", "UNKNOWN ", "Select", "Please Select", "-- Please select --", "N/A", "n.a.", "#N/A", "null", "NaN"),
    *(
        "not specified",
        "?",
        "-",
        "keine Angabe",
        "desconocido",
        "non renseigné",
        "belirtilmemiş",
        "알 수 없음",
        "不明",
        "未知",
    ),
]
OTHERS = [
    *("other", "Others", "others ", "ETC", "etc.", "Otro", "Otros", "andere", "Sonstige", "autre", "Altro", "egyéb"),
    *("diğer", "outro", "lainnya", "기타", "其他", "その他"),
]
CUSTOMER_TYPES = {
    "end customer": [
        *("End-Customer", "End Customer", "end user", "Commercial end-user", "Endkunde", "Usuario final", "최종 고객"),
    ],
    "specifier influencer": [
        *("Specifier/Influencer", "Specifier / Influencer", "specifier/ influencer", "Architect/Consultant"),
        *("Installer/Contractor", "Engineer", "Interior Designer", "technician"),
    ],
    "channel partner": [
        *(
            "Channel Partner",
            "Dealer/Distributor",
            "Distributor",
            "Reseller",
            "System Integrator",
            "Fachhändler",
            "代理店",
        ),
    ],
    "service partner": ["Service Partner", "service-partner"],
    "solution eco partner": [
        *("Solution Eco-Partner", "Software/Solution Provider", "Software / Solution Provider"),
    ],
    "home owner": ["Homeowner", "Home Owner", "home-owner"],
    "manager director": ["Manager / Director"],
}
POSITIONS: dict[str | None, tuple[float | None, list[str]]] = {
    None: (None, ["none", "None", "not applicable", "no influence"]),
    "other": (0.0, ["others", "etc"]),
    "intern": (1.0, ["Intern", "Praktikant (m/w)", "인턴"]),
    "trainee": (2.0, ["Trainee", "Auszubildender"]),
    "entry level": (3.0, ["entrylevel", "Entry Level", "assistant to the CEO"]),
    "associate analyst": (4.0, ["Associate/Analyst", "associate / analyst", "senior business analyst"]),
    "manager": (5.0, ["Manager", "gerente", "Key Account Manager"]),
    "professor": (5.0, ["prof.", "Assistant Professor", "Lecturer in Physics"]),
    "director": (6.0, ["director", "Directeur", "Head of Procurement", "Director, IT"]),
    "decision maker": (6.0, ["decision-maker", "decisionmaker"]),
    "decision influencer": (4.0, ["Decision Influencer"]),
    "vice president": (7.0, ["vicepresident", "VP", "vice-president", "Vice President of Sales", "부사장"]),
    "c level executive": (8.0, ["c-levelexecutive", "C-Level Executive", "c level", "CTO", "Chief Financial Officer"]),
    "partner": (9.0, ["Partner", "business partner", "Managing Partner"]),
    "ceo founder": (
        10.0,
        ["ceo/founder", "CEO/Fundador", "founder", "Geschäftsführer", "代表取締役", "Owner & Founder"],
    ),
    "hospital": (None, ["Hospital"]),
    "exhibitiontv": (None, ["exhibitiontv"]),
    "cargo": (None, ["cargo,"]),
}
JOBS = {
    "retail": ["Retail", "Einzelhandel", "comercio minorista", "kiskereskedelem"],
    "education": ["education", "Bildung", "educación", "istruzione", "oktatás", "eğitim", "教育"],
    "engineering": ["Ingenieurwesen", "ingeniería", "mühendislik", "engi\u200bneering"],
    "information technology": ["information_technology", "IT", "tecnología de la información"],
    "program and project management": ["Program\tand Project Management", "gestión de proyectos", "proje yönetimi"],
    "arts and design": ["Arts & Design", "Kunst und Design"],
    "business development": ["Business_Development", "iş geliştirme", "desarrollo de negocios"],
    "media and communication": ["Media/Communication", "médias et communication"],
    "healthcare services": ["healthcareservices", "Gesundheitswesen"],
    "purchasing": ["Purchasing", "satın alma", "beszerzés"],
    "research": ["R&D", "Forschung"],
    "need one tv": ["need one tv"],
    "cctv view": ["CCTV view"],
}
INQUIRIES = {
    "quotation or purchase consultation": [
        *("Quotation or Purchase Consultation", "quotation_or_purchase_consultation", "Quotation_", "Purchase"),
        *("Quotation or purchase consultation", "Request for quotation or purchase", "견적 문의"),
    ],
    "sales inquiry": ["Sales Inquiry", "sales", "Inquiry for sales"],
    "usage or technical consultation": ["Usage or Technical Consultation", "technical support", "Trainings"],
    "product information": ["Product Information", "Request a product information"],
    "demo": ["Request a Demo", "Demo"],
    "partnership or distributorship": ["Request a Partnership", "Distributorship"],
    "oem or odm": ["OEM/ODM Request", "ODM"],
    "services": ["Services"],
    "event": ["Event Inquiry"],
    "media": ["Media Inquiry", "media_inquiry"],
}
SIZES = {
    "micro": (0.0, ["Startup", "micro-enterprise"]),
    "smb": (1.0, ["SMB", "SME", "Small & Medium Business", "KMU", "Pyme", "중소기업"]),
    "mid market": (2.0, ["Mid-Market", "midsize", "Medium", "Mittelstand"]),
    "enterprise": (3.0, ["Enterprise", "large", "Konzern", "大企業"]),
    "11 50": (None, ["11-50"]),
}
PRODUCTS = {
    ("monitor tv", 1.0, "commercial display"): ["monior/monitor tv", "monitor tv"],
    ("laptop", 1.0, "it products"): ["notebook", "Laptop", "portátil", "ノートパソコン"],
    ("interactive digital board", 1.0, "commercial display"): ["IDB", "Tablero digital interactivo", "pizarra digital"],
    ("system air conditioner", 1.0, "air conditioning"): ["SAC", "cac", "시스템 에어컨"],
    ("residential air conditioner", 1.0, "air conditioning"): ["RAC", "điều hòa gia đình"],
    ("air conditioner", 1.0, "air conditioning"): ["เครื่องปรับอากาศ", "מיזוג אוויר", "aire acondicionado"],
    ("video wall signage", 1.0, "commercial display"): [
        "videowall",
        "Video Wall Signage",
        "video-wall",
        "ściana wideo",
    ],
    ("led signage", 1.0, "commercial display"): ["شاشة ليد", "LED"],
    ("hotel tv", 1.0, "commercial display"): ["hoteltv", "TV hotelowy", "酒店电视", "otel tv"],
    ("single split", 1.0, "air conditioning"): ["single-split", "split tunggal"],
    ("43us660h0sd awz", 1.0, "other"): ["43us660h0sd.awz"],
    ("other", 1.0, "other"): ["etc.", "Otros"],
    ("led signage, video wall signage", 2.0, "commercial display"): ["video wall, LED signage,", "LED;videowall"],
    ("hotel tv, vrf", 2.0, "several"): ["vrf,hotel tv,VRF"],
    ("multi split, residential air conditioner, vrf", 3.0, "air conditioning"): [
        "multi-split, VRF, residential air cond"
    ],
}
TIMELINES = {
    ("less than 3 months", 45.0): [
        *("less than 3 months", "less_than_3_months", "Less then 3 months ", "< 3 months", "45 days", "1/2 months"),
        *("lessthan3months", "3개월 이내", "weniger als 3 Monate", "menos de 3 meses", "next month"),
    ],
    ("less than 3 months", 30.0): ["one month", "within 2 months", "un mes", "1か月"],
    ("less than 3 months", 14.0): ["two weeks", "2wks", "zwei Wochen"],
    ("less than 3 months", 7.0): ["immediately", "ASAP", "urgent!!", "sofort", "즉시"],
    ("less than 3 months", 15.0): ["this month"],
    ("3 to 6 months", 135.0): [
        *(
            "3 months ~ 6 months",
            "3_months_~_6_months",
            "3-6 months",
            "3~6 months",
            "more then 3 months",
            "de 3 a 6 meses",
        ),
        *("3 months - 6 months", "3~6个月", "3 bis 6 Monate", "4/5 months"),
    ],
    ("3 to 6 months", 127.5): ["less than 5/6 months"],
    ("6 to 9 months", 180.0): ["4/8 months", "6 months", "half a year", "半年"],
    ("6 to 9 months", 225.0): ["6_months_~_9_months", "7/8 months"],
    ("9 to 12 months", 315.0): ["9 months ~ 1 year", "9_months_~_1_year", "10/11 months", "less than a year"],
    ("more than a year", 540.0): [
        *(
            "more than a year",
            "more_than_a_year",
            "more then 1 year",
            "> 1 year",
            "over 1 year",
            "1-2 years",
            "1.5 years",
        ),
        *("mehr als ein Jahr", "más de un año", "plus d'un an", "1 yıldan fazla", "1年以上"),
    ],
    ("more than a year", 720.0): ["2 years"],
    ("follow up later", None): ["follow-up later", "call later", "asked to call again in 14 days", "will call back"],
    ("no response", None): ["no response", "not reachable", "no response for 3 months", "No answer."],
    ("no requirement", None): ["no requirement as of now", "not interested", "no need for now"],
    ("budget pending", None): ["budget is pending", "waiting for budget"],
    ("quote sent", None): ["quotation sent", "quote shared", "demo sent"],
    ("discussing", None): ["discussing details", "under discussion"],
    ("duplicate lead", None): ["duplicate lead 1037", "Duplicate"],
    ("other", None): ["months ago", "bought 2 years ago", "november", "Q1", "notebook"],
    (None, None): ["2022", "2024-05-01", "12", "n/a"],
}


def cases() -> list[tuple[str, str, str | None, dict[str, object]]]:
    """Each spelling with its reading, value and what else follows."""
    found: list[tuple[str, str, str | None, dict[str, object]]] = []
    found += [(name, text, None, {}) for name in ("plain", "customer_type") for text in UNKNOWN]
    found += [("plain", text, "other", {}) for text in OTHERS]
    plain = {"customer_type": CUSTOMER_TYPES, "job": JOBS, "inquiry_type": INQUIRIES}
    found += [
        (name, text, value, {}) for name, each in plain.items() for value, texts in each.items() for text in texts
    ]
    for name, ranked in (("seniority", POSITIONS), ("company_size", SIZES)):
        found += [(name, text, value, {"rank": rank}) for value, (rank, texts) in ranked.items() for text in texts]
    for (value, count, group), texts in PRODUCTS.items():
        found += [("product", text, value, {"count": count, "group": group}) for text in texts]
    for (value, days), texts in TIMELINES.items():
        found += [("timeline", text, value, {"days": days}) for text in texts]
    return found


@pytest.mark.parametrize(("reading", "text", "value", "derived"), cases())
def test_a_spelling_means(reading, text, value, derived):
    (found,) = READINGS[reading].read(pl.Series([text])).to_dicts()
    assert {name: found[name] for name in ("value", *derived)} == {"value": value, **derived}


def test_there_are_at_least_150_spellings():
    assert len(cases()) >= 150
