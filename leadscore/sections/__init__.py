"""The sections of ``leadscore.toml``: every key with its default, its bounds and what it means."""

from leadscore.sections.leads import Database, Features, Leads, Validation
from leadscore.sections.learning import CutoffSettings, Gate, Training
from leadscore.sections.running import Compute, Models, Monitoring, Publish, Report, Retention, Schedule, Scoring

__all__ = [
    "Compute",
    "CutoffSettings",
    "Database",
    "Features",
    "Gate",
    "Leads",
    "Models",
    "Monitoring",
    "Publish",
    "Report",
    "Retention",
    "Schedule",
    "Scoring",
    "Training",
    "Validation",
]
