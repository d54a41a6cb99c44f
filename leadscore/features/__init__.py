"""Conformed leads become one float64 matrix; everything learned for it is frozen in one `FeatureMap`."""
