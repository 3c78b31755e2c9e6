"""Run one function in a child process that may fail without hurting anybody.

Uploaded workbooks are read and PDFs are drawn here: a 4.7 KB workbook can ask for 512 GiB and one
long paragraph can keep a layout engine busy for minutes, and neither can be stopped from inside
the process it happens in. The child starts from nothing (no inherited files, none of the
parent's settings or secrets, a directory of its own), limits itself before it imports the
function, and dies with its whole process group when its time is up or its parent is gone.

The two talk through pipes in frames of one kind byte, a length of eight bytes and the body.
Nothing is pickled, so a child that was taken over can only answer with bytes or an error text.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import resource
import select
import selectors
import signal
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Literal, NoReturn, cast

from registry import errors

Reason = Literal["memory", "time", "crash"]
Progress = Callable[[int, int], None]

_HEAD = struct.Struct(">cQ")
_ORDER, _PROGRESS, _RESULT, _REFUSED, _FAILED = b"O", b"P", b"R", b"D", b"F"
_START = "from registry.child import serve; serve()"
_DETAIL_BYTES = 8_000

_answer_fd: int | None = None


class ChildFailed(errors.Invalid):
    """The child was stopped or fell over; the stored data are as before.

    `reason` is "memory", "time" or "crash"; `detail` is for the log only, never for a page.
    """

    def __init__(self, reason: Reason, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.reason: Reason = reason
        self.detail = detail


def run_in_child(
    function: str,
    payload: bytes,
    *,
    memory_mb: int,
    cpu_seconds: int,
    wall_seconds: float,
    open_files: int = 64,
    file_mb: int = 256,
    result_mb: int = 256,
    environment: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> bytes:
    """Call `function` ("package.module:name", bytes to bytes) in a limited child process.

    The memory, CPU and file limits hold for the child and for each process it forks; the wall
    clock and the kill at the end hold for all of them together. `environment` is added to the
    few variables a child gets. `progress(done, total)` is called in this process, in this thread,
    whenever the function calls `report_progress`; what it raises stops the child.

    A DomainError of the function is raised here again, as the nearest class of registry.errors
    with its message and fields. Anything else raises ChildFailed.
    """
    order = {
        "function": function,
        "memory": memory_mb << 20,
        "cpu": cpu_seconds,
        "files": open_files,
        "file": file_mb << 20,
    }
    message = _frame(_ORDER, json.dumps(order).encode()) + _frame(_ORDER, payload)
    with tempfile.TemporaryDirectory(prefix="kaizu-") as folder, tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-s", "-P", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            bufsize=0,
            cwd=folder,
            env=_environment(folder, environment or {}),
            start_new_session=True,
        )
        try:
            kind, body = _converse(process, message, wall_seconds, result_mb << 20, progress)
            if kind is None:
                kind, body = _FAILED, _post_mortem(process)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        if kind == _RESULT:
            return body
        if kind == _REFUSED:
            raise _revive(json.loads(body))
        failure = json.loads(body)
        raise _failed(
            failure["reason"],
            detail=failure["detail"] or _tail(log),
            memory_mb=memory_mb,
            seconds=min(wall_seconds, cpu_seconds),
        )


def report_progress(done: int, total: int) -> None:
    """Tell the parent how far the work is; outside a child this does nothing."""
    if _answer_fd is not None:
        _send(_answer_fd, _PROGRESS, json.dumps([done, total]).encode())


def serve() -> NoReturn:
    """The child's side: take the order from stdin, obey it, answer, leave."""
    global _answer_fd
    # What the function or a library prints must not get between the frames.
    _answer_fd = os.dup(1)
    os.dup2(2, 1)
    order = json.loads(_receive())
    _limit(order)
    payload = _receive()
    _die_with_parent()
    kind, body = _obey(order["function"], payload)
    _send(_answer_fd, kind, body)
    os._exit(0)


def _obey(function: str, payload: bytes) -> tuple[bytes, bytes]:
    try:
        module, _, name = function.partition(":")
        result = getattr(import_module(module), name)(payload)
        if not isinstance(result, bytes):
            raise TypeError(f"{function} returned {type(result).__name__}, not bytes")
    except errors.DomainError as error:
        return _REFUSED, json.dumps(_describe(error)).encode()
    except MemoryError:
        return _FAILED, b'{"reason": "memory", "detail": ""}'
    except BaseException as error:  # noqa: BLE001 - whatever it was, the parent must hear of it
        reason = "memory" if getattr(error, "errno", None) == errno.ENOMEM else "crash"
        detail = traceback.format_exc()[-_DETAIL_BYTES:]
        return _FAILED, json.dumps({"reason": reason, "detail": detail}).encode()
    return _RESULT, result


def _limit(order: Mapping[str, int]) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (order["memory"], order["memory"]))
    # The hard limit lies above the soft one so that the exit status tells time from memory.
    resource.setrlimit(resource.RLIMIT_CPU, (order["cpu"], order["cpu"] + 2))
    resource.setrlimit(resource.RLIMIT_NOFILE, (order["files"], order["files"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (order["file"], order["file"]))


def _die_with_parent() -> None:
    """Have the kernel end the whole group when the parent's end of stdin closes.

    SIGIO ends a process unless it is handled, and works while a C library holds the interpreter.
    """
    fcntl.fcntl(0, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([0], [], [], 0)[0]:
        os._exit(1)


def _environment(folder: str, extra: Mapping[str, str]) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": folder,
        "TMPDIR": folder,
        # The same input must give the same bytes, so sets are walked in the same order.
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",
        **extra,
    }


def _converse(
    process: subprocess.Popen[bytes],
    message: bytes,
    wall_seconds: float,
    result_bytes: int,
    progress: Progress | None,
) -> tuple[bytes | None, bytes]:
    """Send the order and read frames until the final one; (None, b"") when the child ended."""
    deadline = time.monotonic() + wall_seconds
    stdin, stdout = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
    unsent = memoryview(message)
    received = bytearray()
    os.set_blocking(stdin.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(stdin, selectors.EVENT_WRITE)
        selector.register(stdout, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                if key.fileobj is stdin:
                    try:
                        unsent = unsent[os.write(key.fd, unsent[:65_536]) :]
                    except BrokenPipeError:
                        unsent = unsent[:0]
                    if not unsent:
                        # Left open: its closing is what tells the child that we are gone.
                        selector.unregister(stdin)
                    continue
                chunk = os.read(key.fd, 1 << 20)
                if not chunk:
                    return None, b""
                received += chunk
                while (frame := _split(received, result_bytes)) is not None:
                    if frame[0] != _PROGRESS:
                        return frame
                    if progress is not None:
                        done, total = json.loads(frame[1])
                        progress(int(done), int(total))
    return _FAILED, b'{"reason": "time", "detail": ""}'


def _split(received: bytearray, result_bytes: int) -> tuple[bytes, bytes] | None:
    """Take the first whole frame off the front of what was received."""
    if len(received) < _HEAD.size:
        return None
    kind, length = _HEAD.unpack_from(received)
    if length > result_bytes:
        return _FAILED, b'{"reason": "memory", "detail": "the result is longer than allowed"}'
    if len(received) < _HEAD.size + length:
        return None
    body = bytes(received[_HEAD.size : _HEAD.size + length])
    del received[: _HEAD.size + length]
    return kind, body


def _post_mortem(process: subprocess.Popen[bytes]) -> bytes:
    """Say from the exit status why a child ended without an answer."""
    try:
        code = process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        return b'{"reason": "crash", "detail": "closed its pipe without an answer"}'
    # A SIGKILL that is not ours comes from the kernel, which is short of memory.
    reason = {-signal.SIGXCPU: "time", -signal.SIGKILL: "memory"}.get(code, "crash")
    return json.dumps({"reason": reason, "detail": "" if code else "no answer"}).encode()


def _describe(error: errors.DomainError) -> dict[str, Any]:
    described: dict[str, Any] = {"message": error.message}
    if isinstance(error, ChildFailed):
        return described | {"class": "ChildFailed", "reason": error.reason, "detail": error.detail}
    if isinstance(error, errors.Invalid):
        described["fields"] = error.fields
    if isinstance(error, errors.Conflict):
        described["theirs"] = {key: str(value) for key, value in error.theirs.items()}
    known = next(kind for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
    return described | {"class": known.__name__}


def _revive(described: Mapping[str, Any]) -> errors.DomainError:
    message = str(described["message"])
    match described["class"]:
        case "ChildFailed":
            return ChildFailed(described["reason"], message, described["detail"])
        case "Invalid":
            return errors.Invalid(message, described["fields"])
        case "Conflict":
            return errors.Conflict(message, described["theirs"])
        case "NotFound":
            return errors.NotFound(message)
        case "Forbidden":
            return errors.Forbidden(message)
    return errors.DomainError(message)


def _failed(reason: Reason, *, detail: str, memory_mb: int, seconds: float) -> ChildFailed:
    kept = "保存済みの内容は変わっていません。"
    message = {
        "memory": f"必要なメモリが上限（{memory_mb} MB）を超えたため、処理を中止しました。{kept}"
        "対象を小さく分けて、もう一度お試しください。",
        "time": f"制限時間（{seconds:g}秒）内に終わらなかったため、処理を中止しました。{kept}"
        "対象を小さく分けて、もう一度お試しください。",
        "crash": f"予期しない異常が起きたため、処理を中止しました。{kept}"
        "もう一度試しても同じ場合は、管理者に連絡してください。",
    }[reason]
    return ChildFailed(reason, message, detail)


def _tail(log: IO[bytes]) -> str:
    size = log.seek(0, os.SEEK_END)
    log.seek(max(0, size - _DETAIL_BYTES))
    return log.read().decode("utf-8", "replace")


def _frame(kind: bytes, body: bytes) -> bytes:
    return _HEAD.pack(kind, len(body)) + body


def _send(fd: int, kind: bytes, body: bytes) -> None:
    """Write one frame; a short one goes out in one piece, also beside forked processes."""
    unsent = memoryview(_frame(kind, body))
    while unsent:
        unsent = unsent[os.write(fd, unsent) :]


def _receive() -> bytes:
    _, length = _HEAD.unpack(_read_exactly(_HEAD.size))
    return _read_exactly(length)


def _read_exactly(length: int) -> bytes:
    body = bytearray()
    while len(body) < length:
        chunk = os.read(0, min(1 << 20, length - len(body)))
        if not chunk:
            os._exit(1)
        body += chunk
    return bytes(body)
