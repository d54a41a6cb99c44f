"""Rules on the leads, as data: which rows are quarantined, which batches are refused."""
