"""Every expected error is one sentence with the right exit code, and never a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from contracts import errors
from newswire import __main__ as command

NOWHERE = {"NEWSWIRE_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1", "NEWSWIRE_ELASTICSEARCH__URL": "http://127.0.0.1:1"}
"""Nothing listens on port 1."""


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """Run a command line in an empty folder with no server anywhere; gives code, output and errors."""
    for name in [name for name in os.environ if name.startswith("NEWSWIRE_")]:
        monkeypatch.delenv(name)
    for name, value in NOWHERE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = command.run(list(arguments))
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["search", "x", "--colour"], 2, "No such option: --colour"),
        (["search", "x", "--colour"], 2, "`newswire search --help` lists"),
        (["search", "Haus", "-Garten"], 2, "newswire search 'Haus -Garten'"),
        (["serach", "x"], 2, "No such command"),
        (["ingest"], 2, "Missing argument"),
        (["search", "x", "--limit", "many"], 2, "'--limit': Input should be a valid integer"),
        (["search", "x", "--since", "yesterday-ish"], 2, "is no date"),
        (["up", "--workers", "0"], 2, "'--workers': Input should be greater than"),
        (["search", "x"], 4, "Elasticsearch does not answer at http://127.0.0.1:1"),
        (["show", "0" * 32], 4, "Elasticsearch does not answer"),
        (["tail"], 4, "Elasticsearch does not answer"),
        (["ingest", "."], 4, "Kafka does not answer at 127.0.0.1:1"),
        (["quarantine", "list"], 4, "Kafka does not answer"),
        (["feeds", "list"], 4, "Kafka does not answer"),
        (["setup"], 4, "Kafka does not answer"),
        (["enrich", "--jsonl", "missing.jsonl"], 2, "cannot be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_an_expected_error_is_a_sentence_and_a_code(call, arguments: list[str], code: int, words: str) -> None:  # type: ignore[no-untyped-def]
    got, out, err = call(*arguments)
    assert got == code
    assert words in " ".join(err.split())
    assert err.startswith("newswire: ")
    assert "Traceback" not in err
    assert out == ""


def test_with_json_an_error_is_also_an_object_on_standard_output(call) -> None:  # type: ignore[no-untyped-def]
    code, out, err = call("search", "x", "--json")
    assert code == 4
    assert json.loads(out)["error"]["kind"] == "ServiceUnavailable"
    assert json.loads(out)["error"]["exit_code"] == 4
    assert json.loads(out)["error"]["message"] in err


def test_status_tells_what_does_not_answer_and_exits_with_4(call) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = call("status", "--json")
    state = json.loads(out)
    assert code == 4
    assert not state["servers"]["kafka"]["ok"]
    assert not state["servers"]["elasticsearch"]["ok"]
    assert state["balanced"] is None


@pytest.mark.parametrize("arguments", [(), ("config",)], ids=["newswire", "newswire config"])
def test_without_a_command_the_help_is_all_that_is_said(call, arguments: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    code, out, err = call(*arguments)
    assert code == 2
    assert "Usage:" in out + err
    assert "newswire: " not in out + err


def test_version_is_an_option_too(call) -> None:  # type: ignore[no-untyped-def]
    assert call("--version") == call("version")
    assert call("--version")[0] == 0


def test_a_wrong_setting_is_code_5_and_names_itself(call, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("NEWSWIRE_KAFKA__PARTITIONS", "twelve")
    code, _, err = call("config", "check")
    assert code == 5
    assert "kafka.partitions" in err


def test_a_mistyped_variable_is_found_by_config_check(call, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("NEWSWIRE_KAFKA__BOOTSTRAP_SERVER", "x")
    code, _, err = call("config", "check")
    assert code == 5
    assert "kafka.bootstrap_server: there is no such setting" in err


def test_config_show_names_the_source_of_a_value_and_hides_secrets(call, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("NEWSWIRE_ELASTICSEARCH__PASSWORD", "geheim")
    code, out, _ = call("config", "show", "--json")
    rows = {row["name"]: row for row in json.loads(out)}
    assert code == 0
    assert "geheim" not in out
    assert rows["elasticsearch.password"]["source"] == "environment"
    assert rows["kafka.partitions"]["source"] == "default"


@pytest.mark.parametrize("columns", ["80", "20"])
def test_config_show_breaks_no_name_and_no_value_in_a_narrow_terminal(  # type: ignore[no-untyped-def]
    call, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("NEWSWIRE_ELASTICSEARCH__URL", f"http://127.0.0.1:1/{'long' * 30}")
    rows = json.loads(call("config", "show", "--json")[1])
    lines = call("config", "show")[1].splitlines()
    for row in rows:
        at = next(number for number, line in enumerate(lines) if line.startswith(f"{row['name']} = "))
        assert lines[at].endswith(f"({row['source']})")
        assert lines[at + 1].startswith("    ")


def test_down_where_nothing_runs_is_fine_and_purge_leaves_foreign_files_alone(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    data = tmp_path / ".newswire"
    (data / "kafka" / "data").mkdir(parents=True)
    (data / "diary.txt").write_text("mine")
    code, _, err = call("down", "--purge")
    assert code == 0
    assert "Nothing runs" in err
    assert [path.name for path in data.iterdir()] == ["diary.txt"]


def test_every_error_class_with_a_code_of_its_own_is_in_the_documented_table() -> None:
    documented = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    codes = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.NewswireError)
    }
    for code in codes | {errors.EXIT_OK, errors.EXIT_INTERRUPTED}:
        assert f"| {code} |" in documented


def test_every_command_has_a_help_text_and_is_documented() -> None:
    documented = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    for info in command.app.registered_commands:
        assert info.callback is not None
        assert info.callback.__doc__
        assert f"newswire {info.name}" in documented
    for group in command.app.registered_groups:
        assert f"newswire {group.name}" in documented


def test_help_comes_without_the_heavy_libraries() -> None:
    script = (
        "import sys; from newswire.__main__ import run; run(['--help']);"
        "print(sorted({'kafka', 'faust', 'spacy', 'elasticsearch', 'pydantic', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_ctrl_c_is_130_without_a_word(tmp_path: Path) -> None:
    # It says so when the command itself begins its imports: before, Python would be interrupted and not the command.
    script = (
        "import sys; from newswire.__main__ import main; sys.argv = ['newswire', 'enrich', '-'];"
        "sys.addaudithook(lambda event, what: event == 'import' and what[0] == 'processors.offline'"
        " and print('ready', flush=True)); main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    # Now it imports its libraries or waits for standard input, which stays open.
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
