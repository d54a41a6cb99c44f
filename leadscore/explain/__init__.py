"""Why a lead has its score: exact SHAP values of the boosters, summed by source column and put into words."""
