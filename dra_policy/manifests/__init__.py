"""YAML and JSON of every dialect to the internal model, with positions found only when a message needs them.

Writing is in ``dra_policy.manifests.writing``.
"""

from dra_policy.manifests.devices import decode_device, decode_devices
from dra_policy.manifests.document import ManifestDocument, original_document
from dra_policy.manifests.gather import Key, all_objects, claim_key, merge_results, object_key
from dra_policy.manifests.inputs import ExtraReader, read_case, read_inputs, read_text
from dra_policy.manifests.kinds import ModelObject
from dra_policy.manifests.result import ReadResult

__all__ = [
    "ExtraReader",
    "Key",
    "ManifestDocument",
    "ModelObject",
    "ReadResult",
    "all_objects",
    "claim_key",
    "decode_device",
    "decode_devices",
    "merge_results",
    "object_key",
    "original_document",
    "read_case",
    "read_inputs",
    "read_text",
]
