"""Whether the model still fits the leads that it scores: drift, expected and realised performance, each night."""
