"""Why claims fit or do not fit: values only, no prose.

``explain(Question(subject, claims), fleet, evaluator, objects)`` in ``dra_policy.explain.answer`` gives an
``Explanation``; ``explain_device(question, fleet, evaluator, device)`` there gives a ``DeviceView``;
``explain_problems(subject, problems)`` in ``dra_policy.explain.objects`` gives the explanation of input that cannot be
read as a claim. ``dra_policy.explain.matching`` answers for a bare condition.
"""
