from __future__ import annotations

from dra_policy.cel.parse import parse
from dra_policy.language.builder import UNEXPANDED
from dra_policy.language.parse import parse_policy
from dra_policy.language.syntax import ClassDeclaration, Where
from dra_policy.text import Source
from tests.shared_data import shared_lines


def test_every_expression_parses_to_the_same_tree_in_a_policy_as_alone() -> None:
    records = [*shared_lines("conformance/cel/dra_cel.jsonl"), *shared_lines("conformance/cel/evolution_cel.jsonl")]
    expressions = [record["expression"] for record in records]
    expressions += [record["expr"] for record in shared_lines("conformance/cel/celspec.jsonl")]
    # `#` begins a comment in a policy and is no character of CEL outside of strings.
    distinct = list(dict.fromkeys(expressions))
    compared = 0
    for text in distinct:
        alone = parse(Source.of("cel", text), UNEXPANDED).expression
        if alone is None:
            continue
        # A comment at the end of the expression must not swallow the brace.
        file, diagnostics = parse_policy(Source.of("policy", f"class c {{ where {text}\n}}"))
        assert not diagnostics, (text, diagnostics)
        (declaration,) = file.statements
        assert isinstance(declaration, ClassDeclaration)
        (where,) = declaration.statements
        assert isinstance(where, Where)
        assert where.expression == alone, text
        compared += 1
    print(f"{compared} expressions compared")
    assert compared > 1500
