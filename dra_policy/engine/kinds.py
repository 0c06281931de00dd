"""The words by which kinds of objects are named: the API's, kubectl's plurals and short names, and shorter ones."""

from __future__ import annotations

from collections.abc import Mapping

# Each kind of subject with the words for one of it. kubectl knows neither claim, template nor group.
_WORDS: Mapping[str, str] = {
    "ResourceClaim": "resourceclaim claim",
    "DeviceClaim": "deviceclaim claim",
    "ResourceClaimTemplate": "resourceclaimtemplate template",
    "Pod": "pod po",
    "PodGroup": "podgroup group",
    "PodTemplate": "podtemplate",
    "Deployment": "deployment deploy",
    "StatefulSet": "statefulset sts",
    "DaemonSet": "daemonset ds",
    "ReplicaSet": "replicaset rs",
    "ReplicationController": "replicationcontroller rc",
    "Job": "job",
    "CronJob": "cronjob cj",
}
_LISTS: Mapping[str, str] = {
    "devices": "device",
    "nodes": "node no",
    "classes": "class deviceclass deviceclasses",
    "claims": "claim resourceclaim deviceclaim",
}


def kinds_named(word: str) -> tuple[str, ...]:
    """The kinds of subjects that a word can mean (``claim``: of both APIs that have claims); none for another word."""
    lower = word.lower()
    return tuple(kind for kind, words in _WORDS.items() if lower in _with_plurals(words))


def list_named(word: str) -> str | None:
    """The list that a word asks for: ``device`` and ``devices`` are one."""
    lower = word.lower()
    return next((name for name, words in _LISTS.items() if lower == name or lower in _with_plurals(words)), None)


def _with_plurals(words: str) -> tuple[str, ...]:
    singular = words.split()
    return *singular, *(f"{each}s" for each in singular)
