"""What all sections of ``leadscore.toml`` share."""

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from leadscore.store.url import checked


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no IANA time zone")
    return name


Share = Annotated[float, Field(ge=0, le=1)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Url = Annotated[str, AfterValidator(checked)]


class Section(BaseModel):
    """A table of leadscore.toml. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)
