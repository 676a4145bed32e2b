"""Foreign readers of the formats that no package of the distribution brings: Python packages and a
program in Go, fetched once, in the versions named here, below build/peers (or SONDE_PEERS_DIR). A test
whose reader is not there and cannot be had is skipped, and says so."""
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys

import _lab
from _lab import Skip

FOLDER = f"{os.environ.get('SONDE_PEERS_DIR') or f'{_lab.SOURCE}/build/peers'}/readers"
PACKAGES = {"duckdb": "2.0.0", "fastavro": "1.13.1", "prometheus_client": "0.26.0"}
FETCH_SECONDS = 200


@contextlib.contextmanager
def _alone():
    """One process at a time makes what is below FOLDER."""
    os.makedirs(FOLDER, exist_ok=True)
    with open(f"{FOLDER}/lock", "w", encoding="ascii") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def _make(what, mark, argv, cwd=None):
    """The path that a command makes, where it is kept: argv(path) is the command."""
    path = f"{FOLDER}/{what}-{hashlib.sha256(mark).hexdigest()[:12]}"
    with _alone():
        if os.path.exists(path):
            return path
        fresh = f"{FOLDER}/fresh-{what}"
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            done = subprocess.run(argv(fresh), cwd=cwd, stdin=subprocess.DEVNULL, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                                  timeout=FETCH_SECONDS, preexec_fn=_lab.die_with_parent)
        except (OSError, subprocess.TimeoutExpired) as e:
            raise Skip(f"no {what}: {e}") from None
        if done.returncode != 0:
            said = done.stdout.strip().splitlines() or ["nothing said"]
            raise Skip(f"{what} cannot be fetched: {said[-1][:300]}")
        os.rename(fresh, path)
    return path


def python(name):
    """A Python package, imported."""
    wanted = f"{name}=={PACKAGES[name]}"
    path = _make(name, f"{wanted} {sys.version}".encode(), lambda fresh: [
        sys.executable, "-m", "pip", "install", "-q", "--no-input", "--no-deps",
        "--disable-pip-version-check", "--target", fresh, wanted])
    if path not in sys.path:
        sys.path.insert(0, path)
    return __import__(name)


def influx():
    """The path of influx/main.go as a program."""
    here = f"{_lab.SOURCE}/tests/interop/influx"
    mark = b"".join(_lab.Lab.read(f"{here}/{name}").encode()
                    for name in ("main.go", "go.mod", "go.sum"))
    go = _lab.tool("go")
    return _make("influx", mark, lambda fresh: [go, "build", "-o", fresh, "."], cwd=here)
