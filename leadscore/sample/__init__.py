"""Seeded example leads with a known truth: invented data that looks like a real table of leads."""
