"""Files of leads as tables of a database: read whatever they are, typed, and nothing lost on the way."""
