"""Which columns know the outcome, or only seem to say something: each is judged before any model sees it."""
