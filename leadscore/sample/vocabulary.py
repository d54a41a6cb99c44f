"""The words of the example leads: one table per text field, each value with its weight, effect and spellings.

A weight is the share of leads before hiding, up to a constant. An effect is what the value adds to the log-odds of
converting, before the world's own jitter and scale (see `world.py`). The spellings come after the plain one, the most
frequent first; `spellings.variants` adds case, separators and stray spaces by itself. All of it is invented.
"""

from typing import NamedTuple


class Value(NamedTuple):
    """One clean value of a text field."""

    name: str
    weight: float
    effect: float = 0.0
    spellings: tuple[str, ...] = ()


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

ENTERPRISE = (Value("Enterprise", 63, 0.1), Value("SMB", 37, -0.1))

CUSTOMER_TYPES = (
    Value("End Customer", 46, 0.6, ("End-Customer", "end user", "Commercial end-user", "End Customer ")),
    Value("Specifier/Influencer", 17, -0.9, ("Specifier / Influencer", "specifier/ influencer", "Architect/Consultant")),
    Value("Channel Partner", 22, 1.4, ("Dealer/Distributor", "Distributor", "Reseller", "System Integrator")),
    Value("Service Partner", 6, -0.2, ("Service-Partner",)),
    Value("Solution Eco-Partner", 5, 0.2, ("Solution Eco Partner", "Software/Solution Provider", "Software / Solution Provider")),
    Value("Home Owner", 3, -1.4, ("Homeowner", "home-owner")),
    Value("Manager / Director", 1, 0.1, ("Manager/Director",)),
)

POSITIONS = (
    Value("none", 31, -0.6, ("None", "not applicable", "no influence")),
    Value("other", 9, -0.2, ("Others", "etc", "others ")),
    Value("intern", 2, -1.2, ("Internship",)),
    Value("trainee", 2, -1.0, ("Trainees",)),
    Value("entry level", 6, -0.7, ("entrylevel", "Entry Level", "entry-level")),
    Value("associate/analyst", 7, -0.3, ("Associate/Analyst", "associate / analyst", "analyst/associate")),
    Value("manager", 19, 0.3, ("Manager", "gerente", "project manager")),
    Value("director", 9, 0.5, ("Director", "directeur")),
    Value("vice president", 3, 0.5, ("vicepresident", "VP", "Vice President", "vice-president")),
    Value("c-level executive", 6, 0.3, ("c-levelexecutive", "C-Level Executive", "clevel executive")),
    Value("partner", 3, 0.2, ("Partner", "business partner")),
    Value("ceo/founder", 5, 0.4, ("CEO/Founder", "ceo/fundador", "founder", "CEO")),
    Value("decision-maker", 1.0, 0.6, ("Decision Maker", "decisionmaker")),
    Value("decision-influencer", 0.5, 0.0, ("Decision Influencer",)),
    Value("professor", 0.5, -0.4, ("Professor", "assistant professor", "prof.")),
    Value("hospital", 0.4, -0.1, ("exhibitiontv", "cargo", "government", "homeowner")),
)

JOBS = (
    Value("Retail", 9, 0.0, ("retail store", "Einzelhandel", "comercio minorista", "kiskereskedelem", "commerce")),
    Value("Education", 8, 0.0, ("Bildung", "educación", "istruzione", "oktatás", "eğitim", "educação", "éducation")),
    Value("Engineering", 8, 0.0, ("Ingenieurwesen", "ingeniería", "ingegneria", "mérnöki", "mühendislik")),
    Value("Consulting", 6, 0.0, ("Beratung", "consultoría", "consulenza", "tanácsadás", "danışmanlık")),
    Value("Information Technology", 6, 0.0, ("Informationstechnologie", "tecnología de la información", "IT")),
    Value("Business Development", 5, 0.0, ("Geschäftsentwicklung", "desarrollo de negocios", "iş geliştirme")),
    Value("Sales", 5, 0.0, ("Vertrieb", "ventas", "vendite", "értékesítés", "ventes", "satış", "vendas")),
    Value("Operations", 4, 0.0, ("Betrieb", "operaciones", "operazioni", "operações")),
    Value("Administrative", 4, 0.0, ("Verwaltung", "administrativo", "amministrativo", "administratif", "idari")),
    Value("Program and Project Management", 3, 0.0, ("Projektmanagement", "gestión de proyectos", "proje yönetimi")),
    Value("Entrepreneurship", 3, 0.0, ("Unternehmertum", "emprendimiento", "girişimcilik")),
    Value("Media and Communication", 3, 0.0, ("Medien und Kommunikation", "medios y comunicación", "média")),
    Value("Healthcare Services", 3, 0.0, ("Gesundheitswesen", "servicios de salud", "sağlık")),
    Value("Arts and Design", 2, 0.0, ("Kunst und Design", "arte y diseño", "művészet")),
    Value("Purchasing", 3, 0.0, ("Einkauf", "compras", "acquisti", "achats", "beszerzés", "satın alma")),
    Value("Marketing", 2, 0.0, ("mercadeo", "pazarlama")),
    Value("Finance", 2, 0.0, ("Finanzen", "finanzas", "finanza", "pénzügy", "finans")),
    Value("Accounting", 1, 0.0, ("Buchhaltung", "contabilidad", "contabilità", "muhasebe")),
    Value("Customer Support", 1, 0.0, ("Kundendienst", "atención al cliente", "assistenza clienti")),
    Value("Community and Social Services", 1, 0.0, ("servicios sociales", "Sozialdienste")),
    Value("Human Resources", 1, 0.0, ("Personalwesen", "recursos humanos", "risorse umane", "HR")),
    Value("Legal", 1, 0.0, ("Recht", "jurídico", "legale", "juridique", "hukuk")),
    Value("Military and Protective Services", 1, 0.0, ("seguridad y protección",)),
    Value("Product Management", 1, 0.0, ("Produktmanagement", "gestión de productos")),
    Value("Quality Assurance", 1, 0.0, ("Qualitätssicherung", "control de calidad")),
    Value("Real Estate", 1, 0.0, ("Immobilien", "bienes raíces", "immobilier", "gayrimenkul")),
    Value("Research", 1, 0.0, ("Forschung", "investigación", "ricerca", "kutatás", "araştırma", "pesquisa")),
    Value("Other", 6, 0.0, ("others", "etc", "need one tv", "cctv view", "recommend", "andere", "otro", "egyéb")),
)

INQUIRIES = (
    Value(
        "Quotation or Purchase Consultation",
        66,
        0.25,
        ("Quotation or purchase consultation", "quotation_or_purchase_consultation", "quotation or purchase consultation")
        + ("Request for quotation or purchase", "Quotation_", "quotation or purchase", "Purchase"),
    ),
    Value("Sales Inquiry", 14, 0.9, ("Sales inquiry", "sales", "sales_inquiry", "Inquiry for sales")),
    Value("Product Information", 5, -0.3, ("Product information", "product info", "Request a product information")),
    Value("Usage or Technical Consultation", 4, -1.3, ("Usage or technical consultation", "technical support", "Training")),
    Value("Trainings", 1, -1.0, ("Training request", "training_support")),
    Value("Request a Demo", 2, 0.8, ("Demo", "request for demo", "demo_request")),
    Value("Request a Partnership", 2, -0.7, ("Partnership", "request for partnership", "Distributorship")),
    Value("OEM/ODM Request", 1, -1.0, ("OEM / ODM Request", "oem/odm", "ODM request")),
    Value("Services", 1, -0.5, ("Service", "services request")),
    Value("Event Inquiry", 0.6, -0.4, ("Event", "event inquiry")),
    Value("Other", 3.4, -0.9, ("Others", "ETC.", "etc", "other_")),
    # Weight 0: a kind that the form offers only of late, see `draws.py`.
    Value("Media Inquiry", 0.0, -0.6, ("media_inquiry", "Media inquiry")),
)

TIMELINES = (
    Value(
        "less than 3 months",
        55,
        1.2,
        ("less_than_3_months", "Less than 3 months", "less than 3 months ", "< 3 months", "less then 3 months")
        + ("45 days", "one month", "immediately", *(f"{days} days" for days in range(5, 90, 3)))
        + ("1 month", "2 months", "within 2 months", "1/2 months", "this month"),
    ),
    Value(
        "3 months ~ 6 months",
        17,
        0.4,
        ("3_months_~_6_months", "3 months - 6 months", "3-6 months", "3~6 months", "3 to 6 months", "more then 3 months")
        + ("4 months", "5 months", "4/5 months", "4-5 months", *(f"{days} days" for days in range(95, 180, 5))),
    ),
    Value(
        "6 months ~ 9 months",
        6,
        -0.1,
        ("6_months_~_9_months", "6 months - 9 months", "6-9 months", "7 months", "8 months", "7/8 months", "4/8 months"),
    ),
    Value(
        "9 months ~ 1 year",
        6,
        -0.5,
        ("9_months_~_1_year", "9 months - 1 year", "9-12 months", "10 months", "11 months", "10/11 months"),
    ),
    Value("more than a year", 12, -1.2, ("more_than_a_year", "More than a year", "over 1 year", "2 years", "> 1 year")),
    Value(
        "follow up later",
        1.4,
        -0.6,
        ("follow-up later", "call later", "will call back", "follow up after the holidays")
        + tuple(f"asked to call again in {days} days" for days in range(2, 60, 2)),
    ),
    Value("no response", 0.9, -1.6, ("not reachable", "no answer", *(f"no response, tried {k} times" for k in range(2, 12)))),
    Value("no requirement", 0.7, -2.2, ("not interested", "no requirement as of now", "no need for now")),
    Value("budget pending", 0.5, -0.2, ("budget is pending", "waiting for budget", "budget to be approved")),
    Value("quote sent", 0.5, 1.4, ("quotation sent", "quote shared", "demo sent", "discussing details", "price shared")),
    Value("duplicate lead", 0.4, -2.0, tuple(f"duplicate lead {1000 + 37 * k}" for k in range(120))),
)

PRODUCTS = (
    Product("ID", "interactive digital board", 8, 0.4, ("idb", "interactive whiteboard", "tablero digital interactivo")),
    Product("ID", "standard signage", 5, 0.2, ("signage", "digital signage", "dijital tabela")),
    Product("ID", "video wall signage", 4, 0.5, ("videowall signage", "video wall", "videowall", "led video wall")),
    Product("ID", "led signage", 4, 0.5, ("led", "led-signage", "LED 사이니지", "شاشة ليد")),
    Product("ID", "oled signage", 2, 0.0, ("oled", "transparent oled signage")),
    Product("ID", "high brightness signage", 1.5, 0.3, ("high-brightness signage", "outdoor signage")),
    Product("ID", "special signage", 1, 0.1, ("stretch signage", "mirror signage")),
    Product("ID", "signage care solution", 0.5, -0.3, ("software solution",)),
    Product("ID", "hotel tv", 6, 0.6, ("hoteltv", "hospitality tv", "TV hotelowy", "hotel television", "酒店电视")),
    Product("ID", "commercial tv", 3, 0.1, ("uhd commercial tv", "43us660example", "smart tv", "tv")),
    Product("ID", "hospital tv", 1, 0.2, ("hospital television",)),
    Product("ID", "one:quick series", 1, 0.1, ("one quick", "onequick series")),
    Product("ID", "monior/monitor tv", 6, -0.3, ("monitor tv", "monitor/monitor tv", "monitor tv ")),
    Product("AS", "vrf", 8, 0.3, ("multi v", "vrf system", "variable refrigerant flow", "vrf sistemi")),
    Product("AS", "single-split", 7, -0.2, ("single split", "split tunggal", "split ac", "rac")),
    Product("AS", "multi-split", 4, 0.0, ("multi split", "multi-split (plus)")),
    Product("AS", "chiller", 4, 0.2, ("chillers", "enfriador", "soğutucu")),
    Product("AS", "heating", 3, 0.1, ("heating system", "calefacción", "ogrzewanie")),
    Product("AS", "ventilation", 2, -0.4, ("havalandırma", "ventilación")),
    Product("AS", "residential air conditioner", 3, -0.8, ("rac (home)", "home aircon", "điều hòa gia đình")),
    Product("AS", "system air conditioner", 3, 0.1, ("sac", "cac", "system ac", "เครื่องปรับอากาศ", "מיזוג אוויר")),
    Product("AS", "energy storage", 1, -0.6, ("ess", "energy storage system")),
    Product("AS", "control solution", 1, 0.2, ("bms control", "control-solution")),
    Product("IT", "computer monitor", 2, 0.1, ("monitor", "monitors", "pc monitor")),
    Product("IT", "medical monitor", 1, 0.7, ("medical display", "medical-monitor")),
    Product("IT", "laptop", 1, -0.2, ("notebook", "portátil", "note book")),
    Product("IT", "projector", 1, 0.1, ("projectors", "proyector", "vl5")),
    Product("IT", "cloud device", 0.5, 0.4, ("thin client", "zero client", "cloud-device")),
    Product("Solution", "robot", 1, -0.5, ("robots", "service robot")),
    Product("Solution", "ev charger", 0.6, -0.3, ("electric vehicle charger", "ev-charger")),
    Product("CM", "laundry", 0.7, -0.1, ("laundromat", "washing machine", "lavandería")),
    Product("CM", "compressor and motor", 0.4, -0.4, ("compressor", "motor", "laec")),
    Product("AS", "other", 5, -0.7, ("others", "etc.", "etc", "otros", "lainnya", "其他")),
)

AREAS: dict[str, tuple[str, ...]] = {
    "corporate / office": ("meeting room", "lobby", "developer", "bank", "consulting", "manufacturing", "telecom", "it"),
    "education": ("k-12", "higher education", "university", "library", "nursery", "academy", "training centre"),
    "hotel & accommodation": ("hotel", "resort", "hostel", "cruise", "casino", "serviced flat", "camp site"),
    "hospital & health care": ("hospital", "clinic", "dental", "nursing home", "laboratory", "pharmacy", "wellness"),
    "retail": ("shopping mall", "supermarket", "fashion", "electronics", "restaurant", "cosmetics", "car dealer"),
    "residential (home)": ("apartment", "villa", "condominium", "town house", "dormitory", "single house", "senior home"),
    "government department": ("ministry", "city hall", "court", "embassy", "tax office", "police", "fire station"),
    "public facility": ("museum", "stadium", "theatre", "religious site", "park", "community centre", "exhibition"),
    "factory": ("food", "textile", "chemical", "automotive", "semiconductor", "paper", "warehouse"),
    "transportation": ("airport", "railway", "bus", "metro", "port", "logistics", "toll road"),
    "special purpose": ("broadcasting", "control room", "military", "sports", "gaming", "rental", "worship", "data centre"),
    "power plant / renewable energy": ("solar", "wind", "hydro", "thermal", "nuclear", "grid", "storage"),
}
AREA_WEIGHTS = (26, 13, 15, 9, 13, 6, 5, 4, 4, 2, 2, 1)
