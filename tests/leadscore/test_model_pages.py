from pathlib import Path

import pytest

from leadscore.errors import StoreError
from leadscore.model_pages import stored_page
from leadscore.schema import Type
from leadscore.store.engine import open_engine
from leadscore.store.migrate import migrate


def test_a_page_is_of_a_model_that_is_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/own.db"
    store = open_engine(url)
    store.connect().close()
    with pytest.raises(StoreError, match="Nothing has been scored into this database yet"):
        stored_page(url, "m1")
    migrate(store, {"id": Type.INTEGER, "account": Type.TEXT, "owner": Type.TEXT})
    with pytest.raises(StoreError, match="There is no model m1"):
        stored_page(url, "m1")
    store.dispose()
