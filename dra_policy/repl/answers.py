"""What the shell says about claims and classes."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.compiler import compile_class
from dra_policy.engine.explaining import explain_subjects
from dra_policy.engine.listing import count_matching
from dra_policy.engine.subjects import Subject, claim_subject
from dra_policy.engine.world import World
from dra_policy.model import Claim, DeviceClass
from dra_policy.render import Style, plural
from dra_policy.render.explanation import render_explanations


def class_line(device_class: DeviceClass, world: World) -> str:
    """One line about a class that was declared: how many devices match it."""
    compiled = compile_class(device_class, world.classes, world.rules.compilation)
    conditions = [selector.condition for selector in compiled.selectors]
    if None in conditions:
        return f"class {device_class.name}: its condition does not compile\n"
    number = count_matching([condition for condition in conditions if condition is not None], world)
    total = world.fleet.device_count
    return f"class {device_class.name}: {number:,} of {plural(total, 'device')}\n"


def explain_claims(claims: Sequence[Claim], world: World, style: Style) -> str:
    """The explanations of claims; empty for none."""
    return explained([claim_subject(claim) for claim in claims], world, style)


def explained(subjects: Sequence[Subject], world: World, style: Style) -> str:
    """The explanations of subjects as text; empty for none."""
    return render_explanations(explain_subjects(subjects, world), style) if subjects else ""
