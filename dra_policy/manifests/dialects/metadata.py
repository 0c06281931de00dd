"""What objects of every dialect have: names, labels, owners, node selectors, consumers."""

from __future__ import annotations

from dra_policy.manifests.dialects.api_names import LABEL_HINT, SUBDOMAIN_HINT, is_label, is_subdomain
from dra_policy.manifests.view import View
from dra_policy.model import Consumer, NodeRequirement, NodeSelector, NodeSelectorTerm


def object_name(view: View) -> str:
    """``metadata.name``; of an object that is to be named by the server, ``metadata.generateName`` and ``*``."""
    written = view.value.get("metadata")
    name = written.get("name") if isinstance(written, dict) else None
    if isinstance(name, str) and name:
        _check_name(view, name)
        return name
    metadata = view.section("metadata")
    if not metadata.has("name") and metadata.has("generateName"):
        return metadata.text("generateName") + "*"
    return metadata.required_text("name", str(view.value.get("kind", "object")))


def _is_checked(view: View) -> bool:
    return view.context.defaults and view.context.dialect.is_kubernetes


def _check_name(view: View, name: str) -> None:
    """Report a name that the API server refuses (DRA105); no server has checked those of the prototypes' files."""
    if not _is_checked(view):
        return
    is_namespace = view.value.get("kind") == "Namespace"
    if not (is_label(name) if is_namespace else is_subdomain(name)):
        kind = view.value.get("kind", "object")
        hint = LABEL_HINT if is_namespace else SUBDOMAIN_HINT
        view.error("DRA105", f"`{name}` is no name of a {kind}", "metadata", "name", hint=hint)


def object_namespace(view: View) -> str:
    """``metadata.namespace``; where it is absent, ``default`` as kubectl fills in, or nothing without defaults."""
    name = view.section("metadata").text("namespace")
    if name and _is_checked(view) and not is_label(name):
        view.error("DRA105", f"`{name}` is no name of a namespace", "metadata", "namespace", hint=LABEL_HINT)
    return name or ("default" if view.context.defaults else "")


def owner_pod(view: View) -> tuple[str | None, str]:
    """The name and the uid of the pod that an object was made for (its controller)."""
    for owner in view.section("metadata").views("ownerReferences"):
        if owner.text("kind") == "Pod":
            return owner.text("name"), owner.text("uid")
    return None, ""


def controller(view: View) -> str | None:
    """The object that controls this one, as ``kind/name`` in lower case."""
    written = view.section("metadata")
    for owner in written.views("ownerReferences") if written.has("ownerReferences") else ():
        if owner.boolean("controller"):
            return f"{owner.text('kind').lower()}/{owner.text('name')}"
    return None


def own_annotations(view: View) -> dict[str, str]:
    """The annotations by which Kubernetes marks claims that it makes for pods."""
    written = view.section("metadata").value.get("annotations")
    members = written.items() if isinstance(written, dict) else ()
    return {
        name: value for name, value in members if name.startswith("resource.kubernetes.io/") and isinstance(value, str)
    }


def node_selector(view: View, name: str) -> NodeSelector | None:
    """A core/v1 NodeSelector; None where it is absent."""
    selector = view.view(name)
    if selector is None:
        return None
    terms = selector.views("nodeSelectorTerms")
    return NodeSelector(
        tuple(
            NodeSelectorTerm(_requirements(term, "matchExpressions"), _requirements(term, "matchFields"))
            for term in terms
        )
    )


def _requirements(term: View, name: str) -> tuple[NodeRequirement, ...]:
    return tuple(
        NodeRequirement(each.text("key"), each.text("operator"), each.texts("values"), each.value.get("values") == [])
        for each in term.views(name)
    )


def consumers(status: View) -> tuple[Consumer, ...]:
    """``status.reservedFor``."""
    return tuple(
        Consumer(each.text("resource"), each.text("name"), each.text("uid")) for each in status.views("reservedFor")
    )
