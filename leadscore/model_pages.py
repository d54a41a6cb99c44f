"""The page of a model, made from the store; apart from the night's report, which needs nothing of training."""

from leadscore.report.html import html
from leadscore.report.model_page import model_page
from leadscore.store.published import up_to_date
from leadscore.store.told import told_model
from leadscore.training.card import Card


def stored_page(url: str, version: str) -> str:
    """The page of a model of the store at ``url``, as HTML. Raises StoreError if there is none of this ``version``."""
    with up_to_date(url) as store:
        found, champions = told_model(store, version)
    return html(model_page(Card.model_validate_json(found.metrics), found, champions))
