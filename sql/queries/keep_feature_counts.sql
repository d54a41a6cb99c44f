-- Keep how the leads that a run scored are spread over the bins of each feature.
INSERT INTO feature_counts (run_id, n_leads, counts) VALUES (:run_id, :n_leads, :counts)
