"""Leads as texts, and a transformer that reads them. An extra: `pip install leadscore[text]`."""
