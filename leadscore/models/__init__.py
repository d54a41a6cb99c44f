"""The model: split, folds, members and their vote, calibration, cutoff, reference, measures, gate and the bundle."""
