"""What people read: summaries of runs and models in plain words."""
