"""The shell's ``:explain``: files, names, or everything that waits."""

from __future__ import annotations

from pathlib import Path

from dra_policy.engine.kinds import kinds_named
from dra_policy.engine.subjects import all_subjects, subjects_of
from dra_policy.engine.world import joined, read_files, with_question
from dra_policy.render import render_diagnostics
from dra_policy.repl.answers import explained
from dra_policy.repl.session import Reply, Session
from dra_policy.text import nearest


def explain_words(session: Session, words: list[str]) -> Reply:
    """``:explain``: files, ``KIND/NAME``, or all that wait."""
    if not words:
        waiting = subjects_of(session.world.objects, session.world, only_open=True)
        text = explained(waiting, session.world, session.style)
        return Reply(text or "nothing waits: no claim or pod that is not allocated\n")
    text, failed = "", False
    for word in words:
        reply = _file(session, word) if Path(word).exists() else _named(session, word)
        text += reply.text
        failed = failed or reply.failed
    return Reply(text, failed)


def _file(session: Session, path: str) -> Reply:
    inputs = read_files([path], session.rules, stdin=session.stdin)
    known = joined(session.inputs, session.read_policy(session.policy))
    world = with_question(known, inputs, session.rules)
    subjects = subjects_of(inputs.read.objects, world)
    findings = render_diagnostics(inputs.read.diagnostics, session.style)
    if not subjects:
        return Reply(f"{findings}nothing to explain in {path}\n", failed=True)
    return Reply(findings + explained(subjects, world, session.style))


def _named(session: Session, word: str) -> Reply:
    """``claim/NAME``, ``pod/NAME``, or the bare name of either."""
    kind, _, name = word.rpartition("/")
    known = list(all_subjects(session.world))
    found = [each for each in known if each.name == name and (not kind or each.kind in kinds_named(kind))]
    if found:
        return Reply(explained(found, session.world, session.style))
    near = nearest(name, [each.name for each in known])
    hint = f"did you mean {near}?" if near else ":claims lists the claims"
    return Reply(f"no file, claim or pod `{word}`; {hint}\n", failed=True)
