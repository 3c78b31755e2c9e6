"""The scripts that set up and start: what they promise about stopping and about missing things."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import textwrap
import time
from pathlib import Path

import pytest

from tests.tools import ROOT

# Stands in for the installed command, to see what the script does with two processes; the
# product's own start and stop are tested with the server and the worker.
COMMAND = """\
#!/bin/sh
trap 'echo "$1 stopped"; exit 0' TERM
echo "$1 started"
if [ "$1" = "${DIES:-}" ]; then exit 7; fi
while :; do sleep 0.05; done
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder laid out like the project, with the scripts and a stand-in for the command."""
    shutil.copytree(ROOT / "setup", tmp_path / "setup")
    command = tmp_path / ".venv" / "bin" / "kaizu"
    command.parent.mkdir(parents=True)
    command.write_text(COMMAND, encoding="utf-8")
    command.chmod(0o755)
    return tmp_path


def start(place: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["setup/serve.sh", "8123"],
        cwd=place,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A run in the background ignores Ctrl-C, and no shell can trap what it found ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        text=True,
        start_new_session=True,
    )


def read_until(process: subprocess.Popen[str], *lines: str) -> None:
    waiting = set(lines)
    assert process.stdout is not None
    while waiting:
        line = process.stdout.readline()
        assert line, "ended too early"
        waiting.discard(line.strip())


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_both_processes_stop_when_asked(place: Path, asked: signal.Signals) -> None:
    process = start(place)
    read_until(process, "serve started", "work started")
    if asked is signal.SIGINT:
        os.killpg(process.pid, asked)  # as a terminal does
    else:
        process.send_signal(asked)
    out, _ = process.communicate(timeout=90)
    assert process.returncode == 0
    assert "serve stopped" in out
    assert "work stopped" in out
    assert no_process_left(process.pid)


@pytest.mark.parametrize(("dies", "other"), [("serve", "work"), ("work", "serve")])
def test_one_does_not_go_on_without_the_other(place: Path, dies: str, other: str) -> None:
    process = start(place, DIES=dies)
    out, err = process.communicate(timeout=90)
    assert process.returncode == 1
    assert f"{other} stopped" in out or f"{other} started" not in out
    assert "終了コード 7" in err
    assert no_process_left(process.pid)


def test_missing_python_is_named_with_the_command(place: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "env"):
        (tools / name).symlink_to(str(shutil.which(name)))
    done = subprocess.run(
        ["setup/find-python.sh"],
        cwd=place,
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Python 3.11 or later is missing" in done.stderr
    assert "apt-get install" in done.stderr


def test_missing_library_is_named_with_the_command(place: Path, tmp_path: Path) -> None:
    """Without apt-get and without the library the script says exactly what to type."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "cat", "dirname", "env", "id", "mktemp"):
        (tools / name).symlink_to(str(shutil.which(name)))
    python = tools / "python3.11"
    python.write_text(
        textwrap.dedent("""\
            #!/bin/sh
            case "$*" in *libharfbuzz-subset*) exit 1 ;; esac
            exit 0
            """),
        encoding="utf-8",
    )
    python.chmod(0o755)
    done = subprocess.run(
        ["setup/native.sh", "run"],
        cwd=place,
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "apt-get install -y --no-install-recommends libharfbuzz-subset0" in done.stderr
    assert "libpango-1.0-0" not in done.stderr


def no_process_left(group: int) -> bool:
    """True once no process of the group is left, waiting a moment for the last one."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
