"""What the shell says about classes, claims, pods, groups and quotas."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.compiler import compile_class
from dra_policy.engine.explaining import explain_subjects
from dra_policy.engine.listing import count_matching
from dra_policy.engine.subjects import Subject
from dra_policy.engine.world import World
from dra_policy.model import DeviceClass, Quota
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


def quota_use(quotas: Sequence[Quota], world: World, style: Style) -> str:
    """What namespaces use and have left of quotas that were declared."""
    if not quotas:
        return ""
    from dra_policy.engine.quotas import quota_report
    from dra_policy.render.quota import quota_tables

    names = [each.name for each in quotas]
    rules = [each for each in quota_report(world).rules if each.rule.quota in names]
    known = {each.rule.quota for each in rules}
    unknown = [f"quota {name}: it governs no namespace that is known here\n" for name in names if name not in known]
    return (quota_tables(rules, style) if rules else "") + "".join(unknown)


def explained(subjects: Sequence[Subject], world: World, style: Style) -> str:
    """The explanations of subjects as text; empty for none."""
    return render_explanations(explain_subjects(subjects, world), style) if subjects else ""
