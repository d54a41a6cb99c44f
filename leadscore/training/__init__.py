"""Which leads a model learns from, what is left out and why, and the bundle that comes of it."""
