"""Why claims fit or do not fit: values only, no prose.

``explain(Question(subject, claims), fleet, evaluator, objects)`` in ``dra_policy.explain.answer`` gives an
``Explanation``; ``explain_device(question, fleet, evaluator, device)`` in ``dra_policy.explain.device_question`` gives
a ``DeviceView`` for each request.
``dra_policy.explain.matching`` answers for a bare condition.
"""
