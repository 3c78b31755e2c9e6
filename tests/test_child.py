from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from registry import child, errors

ROOT = Path(child.__file__).parents[1]

WORK = """
import json, os, resource, signal, sys, time
from registry import child, errors

def echo(payload): return payload[::-1]
def chatty(payload):
    print("noise on stdout", flush=True)
    os.system("echo more noise")
    return b"answer"
def steps(payload):
    for done in range(1, 4):
        child.report_progress(done, 3)
    return b""
def invalid(payload): raise errors.Invalid("行が足りません。", {"name": ["名前を入力してください。"]})
def conflict(payload): raise errors.Conflict("古い版です。", {"text": "新しい本文"})
def missing(payload): raise errors.NotFound("ありません。")
class Narrower(errors.Forbidden): pass
def narrower(payload): raise Narrower("できません。")
def nested(payload): raise child.ChildFailed("time", "遅すぎます。", "chapter 3")
def greedy(payload): return bytes(2 << 30)
def spinning(payload):
    while True: pass
def sleeping(payload): time.sleep(60)
def abort(payload): os.abort()
def vanish(payload): os._exit(0)
def bug(payload): return 1 // 0
def exits(payload): sys.exit(3)
def text(payload): return "not bytes"
def killed(payload): os.kill(os.getpid(), signal.SIGKILL)
def many_files(payload):
    opened = []
    while True: opened.append(open(os.devnull))
def big_file(payload):
    with open("big", "wb") as file:
        file.write(bytes(3 << 20))
    return b""
def surroundings(payload):
    inherited = []
    for fd in range(3, 64):
        try: os.fstat(fd)
        except OSError: continue
        inherited.append(os.readlink(f"/proc/self/fd/{fd}"))
    return json.dumps({
        "environment": dict(os.environ), "cwd": os.getcwd(), "files": inherited,
        "session": os.getsid(0) == os.getpid(), "core": resource.getrlimit(resource.RLIMIT_CORE),
    }).encode()
def leaves_a_process_behind(payload):
    pid = os.fork()
    if pid == 0:
        time.sleep(60)
        os._exit(0)
    return str(pid).encode()
def forks_and_waits(payload):
    if (pid := os.fork()) == 0:
        time.sleep(60)
        os._exit(0)
    with open(payload.decode(), "w") as file: file.write(f"{os.getpid()} {pid}\\n")
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def work_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "child_work.py").write_text(WORK, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)


def run(function: str, payload: bytes = b"", **limits: Any) -> bytes:
    limits = {"memory_mb": 256, "cpu_seconds": 5, "wall_seconds": 20} | limits
    return child.run_in_child(f"child_work:{function}", payload, **limits)


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def wait_until_gone(*pids: int) -> bool:
    end = time.monotonic() + 10
    while any(is_alive(pid) for pid in pids) and time.monotonic() < end:
        time.sleep(0.02)
    return not any(is_alive(pid) for pid in pids)


def test_payload_goes_in_and_result_comes_out() -> None:
    payload = os.urandom(3_000_000)
    assert run("echo", payload) == payload[::-1]
    assert run("echo", b"") == b""


def test_what_the_function_prints_does_not_disturb_the_answer() -> None:
    assert run("chatty") == b"answer"


def test_progress_reaches_the_parent_in_order() -> None:
    seen: list[tuple[int, int]] = []
    run("steps", progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_what_the_progress_callback_raises_stops_the_child() -> None:
    def lost_lease(done: int, total: int) -> None:
        raise errors.Conflict("別の処理が引き継ぎました。")

    with pytest.raises(errors.Conflict, match="引き継ぎました"):
        run("steps", progress=lost_lease)


def test_progress_outside_a_child_does_nothing(capfdbinary: Any) -> None:
    child.report_progress(1, 2)
    assert capfdbinary.readouterr().out == b""


def test_domain_errors_come_back_as_themselves() -> None:
    with pytest.raises(errors.Invalid, match="行が足りません。") as invalid:
        run("invalid")
    assert type(invalid.value) is errors.Invalid
    assert invalid.value.fields == {"name": ["名前を入力してください。"]}
    with pytest.raises(errors.Conflict) as conflict:
        run("conflict")
    assert conflict.value.theirs == {"text": "新しい本文"}
    with pytest.raises(errors.NotFound, match="ありません。"):
        run("missing")
    with pytest.raises(errors.Forbidden, match="できません。") as narrower:
        run("narrower")
    assert type(narrower.value) is errors.Forbidden
    with pytest.raises(child.ChildFailed, match="遅すぎます。") as nested:
        run("nested")
    assert (nested.value.reason, nested.value.detail) == ("time", "chapter 3")


@pytest.mark.parametrize(
    ("function", "reason", "word"),
    [
        ("greedy", "memory", "メモリ"),
        ("killed", "memory", "メモリ"),
        ("abort", "crash", "異常"),
        ("vanish", "crash", "異常"),
        ("bug", "crash", "異常"),
        ("exits", "crash", "異常"),
        ("text", "crash", "異常"),
        ("many_files", "crash", "異常"),
    ],
)
def test_failures_are_named(function: str, reason: str, word: str) -> None:
    with pytest.raises(child.ChildFailed) as failed:
        run(function)
    assert failed.value.reason == reason
    assert word in failed.value.message
    assert "保存済みの内容は変わっていません" in failed.value.message
    assert "Traceback" not in failed.value.message


def test_a_bug_leaves_its_traceback_for_the_log() -> None:
    with pytest.raises(child.ChildFailed) as failed:
        run("bug")
    assert "ZeroDivisionError" in failed.value.detail


def test_a_file_may_not_grow_beyond_its_limit() -> None:
    assert run("big_file", file_mb=4) == b""
    with pytest.raises(child.ChildFailed):
        run("big_file", file_mb=2)


def test_a_result_may_not_be_longer_than_allowed() -> None:
    assert len(run("echo", bytes(1 << 20), result_mb=1)) == 1 << 20
    with pytest.raises(child.ChildFailed) as failed:
        run("echo", bytes((1 << 20) + 1), result_mb=1)
    assert failed.value.reason == "memory"


def test_an_endless_loop_ends_with_its_cpu_time() -> None:
    start = time.monotonic()
    with pytest.raises(child.ChildFailed, match="制限時間（1秒）") as failed:
        run("spinning", cpu_seconds=1)
    assert failed.value.reason == "time"
    assert time.monotonic() - start < 15


def test_waiting_ends_with_the_wall_clock() -> None:
    with pytest.raises(child.ChildFailed, match=r"制限時間（0\.5秒）") as failed:
        run("sleeping", wall_seconds=0.5)
    assert failed.value.reason == "time"


def test_the_child_inherits_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KAIZU_DATABASE_URL", "postgresql://secret")
    with (tmp_path / "open").open("wb") as file:
        os.set_inheritable(file.fileno(), True)
        seen = json.loads(run("surroundings", environment={"FONTCONFIG_FILE": "/x"}))
    assert "KAIZU_DATABASE_URL" not in seen["environment"]
    assert seen["environment"]["FONTCONFIG_FILE"] == "/x"
    assert all(name.startswith("pipe:") for name in seen["files"])
    assert len(seen["files"]) == 1
    assert seen["session"] is True
    assert seen["core"] == [0, 0]
    assert seen["cwd"] != str(Path.cwd())
    assert not Path(seen["cwd"]).exists()


def test_forked_processes_end_with_the_child() -> None:
    assert wait_until_gone(int(run("leaves_a_process_behind")))


def test_the_whole_group_dies_with_a_killed_parent(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = textwrap.dedent(f"""
        import sys
        sys.path[:0] = [{str(ROOT)!r}, {str(tmp_path)!r}]
        from registry.child import run_in_child
        run_in_child("child_work:forks_and_waits", {str(pids)!r}.encode(),
                     memory_mb=256, cpu_seconds=5, wall_seconds=60)
    """)
    parent = subprocess.Popen([sys.executable, "-c", script])
    end = time.monotonic() + 10
    while not (pids.exists() and pids.read_text().endswith("\n")) and time.monotonic() < end:
        time.sleep(0.02)
    family = [int(pid) for pid in pids.read_text().split()]
    assert all(is_alive(pid) for pid in family)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert wait_until_gone(*family)
