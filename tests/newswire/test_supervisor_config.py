"""The supervisor's configuration carries what it is given, as the supervisor itself reads it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from supervisor.options import ServerOptions

from contracts.errors import ConfigError
from newswire.programs import Program, render_config


def parsed(text: str, folder: Path) -> Any:
    path = folder / "supervisord.conf"
    path.write_text(text, encoding="utf-8")
    options = ServerOptions()
    options.realize(["-c", str(path), "-n"])
    return options


def config(*programs: Program, folder: Path, directory: Path | None = None) -> str:
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    return render_config(programs, socket=folder / "rpc.sock", folder=folder, logs=logs, directory=directory or folder)


def test_a_command_arrives_word_by_word_whatever_is_in_it(tmp_path: Path) -> None:
    words = ("/opt/my java/bin/java", "-Dname=50 % off", "it's", "ÄÖÜ", "-XX:Flags=100%")
    (group,) = parsed(config(Program("kafka", words), folder=tmp_path), tmp_path).process_group_configs
    (process,) = group.process_configs
    assert tuple(shlex.split(process.command)) == words


def test_several_processes_of_a_program_have_their_own_names_and_logs(tmp_path: Path) -> None:
    text = config(Program("processor", ("true",), processes=3), folder=tmp_path)
    (group,) = parsed(text, tmp_path).process_group_configs
    assert [process.name for process in group.process_configs] == ["processor-0", "processor-1", "processor-2"]
    assert len({process.stdout_logfile for process in group.process_configs}) == 3


def test_a_working_folder_with_a_percent_sign_is_no_expansion(tmp_path: Path) -> None:
    folder = tmp_path / "100% news"
    folder.mkdir()
    options = parsed(config(Program("indexer", ("true",)), folder=tmp_path, directory=folder), tmp_path)
    assert options.directory == str(folder)


def test_a_data_folder_that_the_supervisor_cannot_log_to_is_refused_with_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "100% news"
    folder.mkdir()
    with pytest.raises(ConfigError, match="percent sign"):
        config(Program("indexer", ("true",)), folder=folder)


def test_the_environment_of_a_program_arrives(tmp_path: Path) -> None:
    program = Program("processor", ("true",), environment={"OMP_NUM_THREADS": "1", "NOTE": "50% at, most"})
    (group,) = parsed(config(program, folder=tmp_path), tmp_path).process_group_configs
    assert group.process_configs[0].environment == {"OMP_NUM_THREADS": "1", "NOTE": "50% at, most"}


def test_programs_stop_as_a_group_with_their_children_and_their_logs_are_bounded(tmp_path: Path) -> None:
    (group,) = parsed(config(Program("indexer", ("true",)), folder=tmp_path), tmp_path).process_group_configs
    (process,) = group.process_configs
    assert process.stopasgroup and process.killasgroup
    assert 0 < process.stdout_logfile_maxbytes * (1 + process.stdout_logfile_backups) <= 20_000_000


@pytest.mark.parametrize("hostile", ["a\nb", "a ;b", "a #b"])
def test_what_the_file_cannot_carry_is_refused_with_a_sentence(tmp_path: Path, hostile: str) -> None:
    with pytest.raises(ConfigError, match="cannot be handed to the supervisor"):
        config(Program("indexer", ("run", hostile)), folder=tmp_path)
