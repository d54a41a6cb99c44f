"""The model: split, boosters, calibration, cutoff, reference, measures, gate and the bundle that holds them."""
