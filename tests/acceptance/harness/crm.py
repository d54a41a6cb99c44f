"""An export of a CRM as somebody may have it: UUIDs, Korean, Arabic, emoji, dates, notes, placeholders."""

import csv
import math
import random
import uuid
from datetime import datetime, timedelta
from pathlib import Path

NOW = datetime(2025, 12, 1)
DAYS = 700
NAMES = ("김철수", "이영희", "محمد علي", "Zoë 🚀", "Ümit")
FIRMS = tuple(f"{name} {n}" for name in ("삼정", "الشرق", "Grüne", "🚀Rocket", "Łódź") for n in range(80))
SIZES = ("1-10", "11-50", "51-200", "201-1,000", "1,000+")
LEVELS = ("low", "medium", "high", "very high")
WORDS = ("제품", "문의", "screen", "display", "안녕하세요", "شاشة", "please", "info")
BUYING = (("학생 과제", "thesis student", "وظيفة"), ("견적 요청", "urgent quotation", "عرض سعر عاجل"))
HEAD = ("리드 아이디", "생성일", "수정일", "종료일", "회사", "담당자 🙂", "campaign_id", "직원수", "우선순위")
HEAD = (*HEAD, "last_visit", "renewal_date", "문의 내용", "유입", "예산", "단계")


def write_crm(path: Path, n: int, wide: int = 0) -> None:
    """``n`` leads, and beside what tells of them ``wide`` columns that do not."""
    rnd = random.Random(5)
    campaigns = [rnd.gauss(0, 1) for _ in range(2000)]
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([*HEAD, *(f"필드 {i}" for i in range(wide))])
        for i in range(n):
            rows.writerow([*lead(rnd, i / n, campaigns), *(rnd.choice("ab ") for _ in range(wide))])


def lead(rnd: random.Random, share: float, campaigns: list[float]) -> list[object]:
    """One lead, which came in when this ``share`` of the time had passed."""
    made = datetime(2024, 1, 1) + timedelta(days=DAYS * share, hours=rnd.random())
    size, level, wish = rnd.randrange(5), rnd.randrange(4), rnd.gauss(0, 1)
    campaign = int(rnd.paretovariate(0.6)) % len(campaigns)
    days = rnd.expovariate(1 / 60) if rnd.random() < 0.7 else None
    odds = 0.5 * size + 0.5 * level + 0.7 * campaigns[campaign] + 0.9 * wish - 0.012 * min(days or 150, 150) - 2.6
    won = rnd.random() < 1 / (1 + math.exp(-odds))
    closed = made + timedelta(days=rnd.expovariate(1 / 25))
    is_open = closed > NOW
    said = (rnd.choice(BUYING[rnd.random() < 1 / (1 + math.exp(-2 * wish))]) for _ in range(3))
    note = " ".join([*rnd.choices(WORDS, k=rnd.randrange(5, 14)), *said, rnd.choice(NAMES), f"010-{rnd.random():.8f}"])
    return [
        uuid.UUID(int=rnd.getrandbits(128)),
        f"{made:%Y-%m-%d %H:%M:%S}",
        f"{made if is_open else closed:%Y-%m-%d %H:%M:%S}",
        "" if is_open else f"{closed:%Y-%m-%d %H:%M:%S}",
        rnd.choice(FIRMS),
        rnd.choice(NAMES),
        campaign,
        SIZES[size],
        LEVELS[level],
        "1900-01-01" if days is None else f"{made - timedelta(days=days):%Y-%m-%d}",
        f"{made + timedelta(days=rnd.randrange(30, 400)):%Y-%m-%d}",
        note,
        rnd.choice(("웹", "전시회", "선택", "Messe 🎪")),
        rnd.choice((rnd.randrange(1, 900) * 1000, -1)),
        "신규" if is_open else "수주" if won else "실주",
    ]
