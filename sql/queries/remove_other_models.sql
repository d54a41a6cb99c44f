-- Take leads that vanished while a new model was scoring off the present scores: only the old one has scored them.
DELETE FROM lead_scores WHERE model_version <> :model_version
RETURNING lead_id
