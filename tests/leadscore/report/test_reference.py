from pathlib import Path

from leadscore.report.reference import settings_page
from leadscore.settings import Settings

PAGE = Path(__file__).parents[3] / "docs/configure.md"


def test_the_page_in_the_docs_is_the_one_that_the_settings_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page(), "run `make docs`"


def test_every_key_has_a_sentence() -> None:
    for section in Settings.model_fields.values():
        for key, field in section.annotation.model_fields.items():  # type: ignore[union-attr]
            assert field.description, key
            assert field.description.endswith("."), key
