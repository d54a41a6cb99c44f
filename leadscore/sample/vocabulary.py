"""The words of the example leads: one table per text field, each value with its weight, effect and spellings.

A weight is the share of leads before hiding, up to a constant. An effect is what the value adds to the
log-odds of converting, before the world's own jitter and scale (see `world.py`). The spellings come after the
plain one, the most frequent first; `spellings.variants` adds case, separators and stray spaces. All of it is
invented.
"""

from typing import NamedTuple


class Value(NamedTuple):
    """One clean value of a text field."""

    name: str
    weight: float
    effect: float = 0.0
    spellings: tuple[str, ...] = ()


ENTERPRISE = (Value("Enterprise", 63, 0.1), Value("SMB", 37, -0.1))

CUSTOMER_TYPES = (
    Value("End Customer", 46, 0.6, ("End-Customer", "end user", "Commercial end-user", "End Customer ")),
    Value(
        "Specifier/Influencer",
        17,
        -0.9,
        ("Specifier / Influencer", "specifier/ influencer", "Architect/Consultant"),
    ),
    Value("Channel Partner", 22, 1.4, ("Dealer/Distributor", "Distributor", "Reseller", "System Integrator")),
    Value("Service Partner", 6, -0.2, ("Service-Partner",)),
    Value(
        "Solution Eco-Partner",
        5,
        0.2,
        ("Solution Eco Partner", "Software/Solution Provider", "Software / Solution Provider"),
    ),
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
    Value(
        "Retail",
        9,
        0.0,
        ("retail store", "Einzelhandel", "comercio minorista", "kiskereskedelem", "commerce"),
    ),
    Value(
        "Education",
        8,
        0.0,
        ("Bildung", "educación", "istruzione", "oktatás", "eğitim", "educação", "éducation"),
    ),
    Value("Engineering", 8, 0.0, ("Ingenieurwesen", "ingeniería", "ingegneria", "mérnöki", "mühendislik")),
    Value("Consulting", 6, 0.0, ("Beratung", "consultoría", "consulenza", "tanácsadás")),
    Value("Information Technology", 6, 0.0, ("Informationstechnologie", "tecnología de la información", "IT")),
    Value("Business Development", 5, 0.0, ("Geschäftsentwicklung", "desarrollo de negocios", "iş geliştirme")),
    Value("Sales", 5, 0.0, ("Vertrieb", "ventas", "vendite", "értékesítés", "ventes", "vendas")),
    Value("Operations", 4, 0.0, ("Betrieb", "operaciones", "operazioni", "operações")),
    Value("Administrative", 4, 0.0, ("Verwaltung", "administrativo", "amministrativo", "administratif", "idari")),
    Value(
        "Program and Project Management",
        3,
        0.0,
        ("Projektmanagement", "gestión de proyectos", "proje yönetimi"),
    ),
    Value("Entrepreneurship", 3, 0.0, ("Unternehmertum", "emprendimiento", "girişimcilik")),
    Value("Media and Communication", 3, 0.0, ("Medien und Kommunikation", "medios y comunicación", "média")),
    Value("Healthcare Services", 3, 0.0, ("Gesundheitswesen", "servicios de salud")),
    Value("Arts and Design", 2, 0.0, ("Kunst und Design", "arte y diseño", "művészet")),
    Value("Purchasing", 3, 0.0, ("Einkauf", "compras", "acquisti", "achats", "beszerzés")),
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
    Value("Research", 1, 0.0, ("Forschung", "investigación", "ricerca", "kutatás", "pesquisa")),
    Value("Other", 6, 0.0, ("others", "etc", "need one tv", "cctv view", "recommend", "andere", "otro", "egyéb")),
)

INQUIRIES = (
    Value(
        "Quotation or Purchase Consultation",
        66,
        0.25,
        (
            *("Quotation or purchase consultation", "quotation_or_purchase_consultation"),
            *("quotation or purchase consultation", "Request for quotation or purchase"),
            *("Quotation_", "quotation or purchase", "Purchase"),
        ),
    ),
    Value("Sales Inquiry", 14, 0.9, ("Sales inquiry", "sales", "sales_inquiry", "Inquiry for sales")),
    Value(
        "Product Information",
        5,
        -0.3,
        ("Product information", "product info", "Request a product information"),
    ),
    Value(
        "Usage or Technical Consultation",
        4,
        -1.3,
        ("Usage or technical consultation", "technical support", "Training"),
    ),
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
        (
            *("less_than_3_months", "Less than 3 months", "less than 3 months ", "< 3 months"),
            *("less then 3 months", "45 days", "one month", "immediately"),
            *(f"{days} days" for days in range(5, 90, 3)),
            *("1 month", "2 months", "within 2 months", "1/2 months", "this month"),
        ),
    ),
    Value(
        "3 months ~ 6 months",
        17,
        0.4,
        (
            *("3_months_~_6_months", "3 months - 6 months", "3-6 months", "3~6 months", "3 to 6 months"),
            *("more then 3 months", "4 months", "5 months", "4/5 months", "4-5 months"),
            *(f"{days} days" for days in range(95, 180, 5)),
        ),
    ),
    Value(
        "6 months ~ 9 months",
        6,
        -0.1,
        (
            "6_months_~_9_months",
            "6 months - 9 months",
            "6-9 months",
            "7 months",
            "8 months",
            "7/8 months",
            "4/8 months",
        ),
    ),
    Value(
        "9 months ~ 1 year",
        6,
        -0.5,
        ("9_months_~_1_year", "9 months - 1 year", "9-12 months", "10 months", "11 months", "10/11 months"),
    ),
    Value(
        "more than a year",
        12,
        -1.2,
        ("more_than_a_year", "More than a year", "over 1 year", "2 years", "> 1 year"),
    ),
    Value(
        "follow up later",
        1.4,
        -0.6,
        (
            *("follow-up later", "call later", "will call back", "follow up after the holidays"),
            *(f"asked to call again in {days} days" for days in range(2, 60, 2)),
        ),
    ),
    Value(
        "no response",
        0.9,
        -1.6,
        ("not reachable", "no answer", *(f"no response, tried {k} times" for k in range(2, 12))),
    ),
    Value("no requirement", 0.7, -2.2, ("not interested", "no requirement as of now", "no need for now")),
    Value("budget pending", 0.5, -0.2, ("budget is pending", "waiting for budget", "budget to be approved")),
    Value(
        "quote sent",
        0.5,
        1.4,
        ("quotation sent", "quote shared", "demo sent", "discussing details", "price shared"),
    ),
    Value("duplicate lead", 0.4, -2.0, tuple(f"duplicate lead {1000 + 37 * k}" for k in range(120))),
)
