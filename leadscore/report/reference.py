"""The reference of all settings as a Markdown page, made from the settings themselves."""

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from leadscore.settings import CONFIG_VARIABLE, PREFIX, Settings

INTRODUCTION = f"""# Settings

The settings are in `leadscore.toml` in the working directory, or in the file that `{CONFIG_VARIABLE}` names. Each key
can be overridden by an environment variable, `{PREFIX}<SECTION>__<KEY>` (lists and tables as JSON), for instance
`{PREFIX}TRAINING__SEED=3`. Unknown keys are errors. URLs with passwords belong into
the environment, `{PREFIX}DATABASE__URL`, or into files or blocks: [security.md](security.md).

This page is made from the settings themselves (`make docs`); a test holds the two together.
"""


def settings_page() -> str:
    """``docs/configure.md``: every key with its default and what it means."""
    sections = [_section(name, field) for name, field in Settings.model_fields.items()]
    return "\n".join([INTRODUCTION, *sections])


def _section(name: str, field: FieldInfo) -> str:
    model = field.annotation
    assert isinstance(model, type)
    assert issubclass(model, BaseModel)
    rows = [f"| `{key}` | {_default(each)} | {each.description} |" for key, each in model.model_fields.items()]
    return "\n".join([f"## [{name}]\n", "| key | default | meaning |", "|---|---|---|", *rows, ""])


def _default(field: FieldInfo) -> str:
    if field.default is None:
        return "not set"
    if field.default in ((), {}):
        return "none"
    return f"`{field.default}`"
