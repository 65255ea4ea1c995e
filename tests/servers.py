"""A PostgreSQL server of the tests' own: on loopback, in a temporary folder, gone with them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

REQUIRED = "CALLSCORE_TEST_POSTGRES"  # set: tests fail, instead of being skipped, where there is no PostgreSQL
_DEBIAN = Path("/usr/lib/postgresql")
_PATIENCE = 60.0  # seconds


class PostgresServer:
    """One cluster; `new_url` makes an empty database in it."""

    def __init__(self) -> None:
        self._programs = _programs()
        self.folder = Path(tempfile.mkdtemp(prefix="callscore-postgres-"))
        self.port = _free_port()
        self._databases = 0
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "-D", self._data)
        self.start()

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories='' -c fsync=off"
        self._run("pg_ctl", "-D", self._data, "-l", str(self.folder / "log"), "-w", "-o", settings, "start")

    def stop(self, how: str = "fast") -> None:
        """Stop the server: "fast" lets it tidy up, "immediate" is as good as a kill."""
        self._run("pg_ctl", "-D", self._data, "-m", how, "-w", "stop")

    def close(self) -> None:
        """Stop the server and remove its files."""
        command = self._as_user("pg_ctl", "-D", self._data, "-m", "immediate", "stop")
        subprocess.run(command, check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_url(self) -> str:
        """The URL of a new, empty database."""
        import psycopg

        self._databases += 1
        name = f"test_{self._databases}"
        with psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def _run(self, *command: str) -> None:
        log = self.folder / "said"
        with log.open("wb") as said:  # a pipe would stay open in the server
            run = self._as_user(*command)
            done = subprocess.run(run, check=False, stdout=said, stderr=said, timeout=_PATIENCE, cwd="/")
        if done.returncode:
            pytest.fail(f"{command[0]}: {log.read_text()}")

    def _as_user(self, program: str, *arguments: str) -> list[str]:
        """PostgreSQL refuses to run as root."""
        other = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        return [*other, str(self._programs / program), *arguments]


def _programs() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(_DEBIAN.glob("*/bin/initdb"))
    if versions:
        return versions[-1].parent
    missing = "PostgreSQL is not installed (apt install postgresql)"
    if os.environ.get(REQUIRED):
        pytest.fail(missing)
    return pytest.skip(missing)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
