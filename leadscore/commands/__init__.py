"""The commands that need no Prefect, a module for each kind; `leadscore.cli` is the front door."""
