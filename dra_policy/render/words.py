"""What the library offers of rendering: any answer as text, or as the values of its JSON form."""

from __future__ import annotations

from dra_policy.explain.explanation import Explanation
from dra_policy.explain.matching import Matching
from dra_policy.render.style import Style
from dra_policy.text import Diagnostic, WrongArgumentError
from dra_policy.values import JsonValue


def as_text(answer: Explanation | Matching | Diagnostic, *, width: int = 80, level: int = 1) -> str:
    """The answer as the command line prints it, without colour; ``level`` is 0 (one line) to 3 (everything)."""
    style = Style(width, level=level)
    match answer:
        case Explanation():
            from dra_policy.render.explanation import render_explanations

            return render_explanations([answer], style)
        case Matching():
            from dra_policy.render.matching import render_matching

            return render_matching(answer, style)
        case Diagnostic():
            from dra_policy.render.diagnostic import render_diagnostic

            return render_diagnostic(answer, style)
        case _:
            raise WrongArgumentError("an Explanation, a Matching or a Diagnostic", answer)


def as_document(answer: Explanation | Matching) -> JsonValue:
    """The answer as JSON-like values, in the published form (``apiVersion: drapolicy.dev/v1``)."""
    if isinstance(answer, Matching):
        from dra_policy.render.matching import matching_document

        return matching_document(answer)
    if not isinstance(answer, Explanation):
        raise WrongArgumentError("an Explanation or a Matching", answer)
    from dra_policy.render.document import explanation_document

    return explanation_document(answer)
