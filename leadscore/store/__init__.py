"""Databases: the leads that are read and the score store that is written."""
