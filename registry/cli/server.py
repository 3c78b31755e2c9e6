"""Commands that keep running: the web server and the worker."""

from __future__ import annotations

import os
import sys

import click

from registry import config, worker
from registry.cli.shell import Shell
from registry.cli.terminal import say


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
def serve_command(host: str, port: int, workers: int) -> None:
    """Web サーバーを動かす(gunicorn)。"""
    os.execv(  # noqa: S606 - our own interpreter with fixed arguments
        sys.executable,
        [
            *(sys.executable, "-m", "gunicorn", "wsgi:app", "--chdir", str(config.ROOT)),
            *("--bind", f"{host}:{port}", "--workers", str(workers)),
            *("--worker-class", "gthread", "--threads", "4", "--timeout", "60"),
            *("--graceful-timeout", "30", "--access-logfile", "/dev/null"),
            "--no-control-socket",
        ],
    )


@click.command("work")
@click.option("--once", is_flag=True, help="たまっている処理を終えたら止まる")
def work_command(once: bool) -> None:
    """時間のかかる処理(取込、提案、PDF)を裏で行う。"""
    shell = Shell()
    if once:
        say(f"{worker.drain(shell.config, shell.database)} 件の処理を終えました。")
        return
    worker.serve(shell.config, shell.database)
