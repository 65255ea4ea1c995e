"""Machine against people: how far a machine's outcomes are those a careful reader gave."""

from scoring.agreement.kappa import cohen_kappa
from scoring.agreement.outcomes import (
    Agreement,
    CriterionAgreement,
    Difference,
    TruthCall,
    compare_outcomes,
    read_truth,
)

__all__ = [
    "Agreement",
    "CriterionAgreement",
    "Difference",
    "TruthCall",
    "cohen_kappa",
    "compare_outcomes",
    "read_truth",
]
