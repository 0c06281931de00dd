"""Answer conditions over devices: bit sets for the many, a traced walk with its reasons for one."""

from dra_policy.evaluate.blame import Blame, blame, verdict
from dra_policy.evaluate.evaluator import Evaluator, are_unique, reads_unique, values_read
from dra_policy.evaluate.masks import Masks
from dra_policy.evaluate.tracing import Question, Trace, TracedPart, trace
from dra_policy.evaluate.verdict import DeviceVerdict, EvaluationFailed, Found, Matched, Reason, Rejected

__all__ = [
    "Blame",
    "DeviceVerdict",
    "EvaluationFailed",
    "Evaluator",
    "Found",
    "Masks",
    "Matched",
    "Question",
    "Reason",
    "Rejected",
    "Trace",
    "TracedPart",
    "are_unique",
    "blame",
    "reads_unique",
    "trace",
    "values_read",
    "verdict",
]
