"""Hold names to what the API takes: DNS subdomains for objects, DNS labels for their parts."""

from __future__ import annotations

from collections.abc import Iterable

from dra_policy.language.naming import is_dns_label, is_dns_subdomain
from dra_policy.language.syntax import (
    ClaimDeclaration,
    ClaimStatement,
    ClassDeclaration,
    Container,
    FirstOf,
    Name,
    PodClaim,
    PodDeclaration,
    Request,
    Statement,
)
from dra_policy.language.targets import Target


def check_api_names(statement: Statement, target: Target) -> None:
    """Report the names of a declaration that the API refuses."""
    match statement:
        case ClassDeclaration(name=name):
            _check_subdomain(name, target)
        case ClaimDeclaration(name=name, statements=statements):
            _check_subdomain(name, target)
            _check_labels(_request_names(statements), target)
        case PodDeclaration(name=name):
            _check_subdomain(name, target)
            _check_labels(_pod_names(statement), target)


def _check_subdomain(name: Name, target: Target) -> None:
    if not is_dns_subdomain(name.text):
        _refuse(name, "a DNS subdomain (lower case, digits, `-` and `.`)", target)


def _check_labels(names: Iterable[Name], target: Target) -> None:
    for name in names:
        if not is_dns_label(name.text):
            _refuse(name, "a DNS label (lower case, digits and `-`)", target)


def _refuse(name: Name, wanted: str, target: Target) -> None:
    target.findings.error("DRA703", f"the API refuses the name `{name.text}`", name.span, hint=f"it has to be {wanted}")


def _request_names(statements: Iterable[ClaimStatement]) -> Iterable[Name]:
    for request in statements:
        if isinstance(request, Request):
            yield request.name
            if isinstance(request.demand, FirstOf):
                yield from (alternative.name for alternative in request.demand.alternatives)


def _pod_names(pod: PodDeclaration) -> Iterable[Name]:
    for statement in pod.statements:
        if isinstance(statement, PodClaim | Container):
            yield statement.name
        if isinstance(statement, PodClaim):
            yield from _request_names(statement.statements)
