"""Prefect's side of each step: retries, logging and artifacts around one call into leadscore."""

import logging

from leadscore.settings import set_library_defaults

set_library_defaults()

# Prefect adds its handler to the loggers in PREFECT_LOGGING_EXTRA_LOGGERS, but leaves their level at WARNING.
logging.getLogger("leadscore").setLevel(logging.INFO)
