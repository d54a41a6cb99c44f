"""Predictive lead scoring on your own database."""
