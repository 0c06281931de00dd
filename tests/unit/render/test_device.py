"""One device before one request: its columns and widths."""

from __future__ import annotations

import pytest

from dra_policy.explain.checks import Check, CheckState
from dra_policy.explain.device_view import DeviceView
from dra_policy.render.device import render_device
from dra_policy.render.measure import columns
from dra_policy.render.style import Style
from dra_policy.text import Source, Span

PLACE = Span(Source.of("claim.yaml", "\n\nx\n"), 2, 3)
CHECKS = (
    Check(CheckState.PASSED, 'device.driver is "sriovnetwork.k8s.cni.cncf.io"', 'has "sriovnetwork…"', PLACE),
    Check(CheckState.FAILED, "bandwidth >= 25G", "has 10G, short by 15G", PLACE),
)
STATE = (Check(CheckState.FAILED, "held by team-of-a-long-name/claim-of-a-long-name"),)
VIEW = DeviceView("net-2/ens1f1", None, "edge/port", "port", CHECKS, STATE)


def test_what_was_found_stands_in_one_column() -> None:
    lines = render_device(VIEW, Style(width=80)).splitlines()
    assert lines[1].index('has "') == lines[2].index("has 10G")


@pytest.mark.parametrize("width", [40, 50, 60, 70, 80, 100])
@pytest.mark.parametrize("level", [1, 2, 3])
def test_no_line_is_wider_than_the_page(width: int, level: int) -> None:
    lines = render_device(VIEW, Style(width=width, level=level)).splitlines()
    assert [line for line in lines if columns(line) > width] == []
