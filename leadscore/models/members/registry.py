"""All families, the simplest first."""

from leadscore.models.members.catboost import CatBoost
from leadscore.models.members.forest import ExtraTrees, RandomForest
from leadscore.models.members.lightgbm import LightGBM
from leadscore.models.members.logistic import LogisticRegression
from leadscore.models.members.member import Family
from leadscore.models.members.xgboost import XGBoost

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (LogisticRegression(), LightGBM(), XGBoost(), RandomForest(), ExtraTrees(), CatBoost())
}
