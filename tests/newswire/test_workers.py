"""How many workers a machine gets by default."""

from __future__ import annotations

import os

import pytest

from contracts.settings import Settings
from newswire.house import default_workers


def test_a_setting_decides():
    assert default_workers(Settings.model_validate({"processor": {"workers": 5}})) == 5


def test_a_process_that_is_kept_on_some_cores_counts_only_these(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 3, 4}, raising=False)
    assert default_workers(Settings()) == 3


def test_a_system_that_does_not_tell_counts_all_cores(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert default_workers(Settings()) == 7
