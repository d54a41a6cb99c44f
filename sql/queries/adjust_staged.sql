-- Bring what is staged under the base-rate adjustment in force (Saerens et al. 2002, equation 4).
UPDATE staged_scores
SET
    probability = raw_probability * :odds_ratio / (raw_probability * :odds_ratio + (1 - raw_probability)),
    will_convert = raw_probability >= :raw_cutoff
