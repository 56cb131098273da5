"""A password that stands in an address is shown to nobody."""

from __future__ import annotations

import os

import pytest

from newswire import __main__ as command

SECRET = "s3cret-in-the-address"


@pytest.fixture(autouse=True)
def addresses_with_passwords(tmp_path, monkeypatch):
    """Servers that do not answer, at addresses that hold a password."""
    for name in [name for name in os.environ if name.startswith("NEWSWIRE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NEWSWIRE_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setenv("NEWSWIRE_ELASTICSEARCH__URL", f"http://elastic:{SECRET}@127.0.0.1:1")
    monkeypatch.setenv("NEWSWIRE_KIBANA__URL", f"http://elastic:{SECRET}@127.0.0.1:1")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "line", ["status", "status --json", "search x", "show abc", "config show", "config show --json", "config check"]
)
def test_no_command_shows_the_password_of_an_address(line, capfd):
    command.run(line.split())
    said = capfd.readouterr()
    assert said.out + said.err
    assert SECRET not in said.out + said.err


def test_the_address_itself_is_still_named(capfd):
    command.run(["config", "show", "--json"])
    assert '"http://127.0.0.1:1"' in capfd.readouterr().out
