"""Where the Kafka of the tests comes from: Maven fetches what kafka/pom.xml names, once, below
build/peers (or SONDE_PEERS_DIR); each file must have the checksum in kafka/jars.sha256. SONDE_KAFKA
names a folder of jars instead (libs of an unpacked Kafka, of any version from 3.9 on).

`scripts/kafka fetch` does it ahead of the tests; else the first test that needs it does. Where it
cannot be had, the tests that need it are skipped."""
import contextlib
import fcntl
import glob
import hashlib
import os
import re
import shutil
import subprocess

import _lab
from _lab import Failure, Skip

HERE = f"{_lab.SOURCE}/tests/interop/kafka"
FOLDER = f"{os.environ.get('SONDE_PEERS_DIR') or f'{_lab.SOURCE}/build/peers'}/kafka"
SUMS = f"{HERE}/jars.sha256"
FETCH_SECONDS = 400


def _sums(folder):
    """The lines that jars.sha256 has for the jars of a folder."""
    lines = []
    for path in sorted(glob.glob(f"{glob.escape(folder)}/*.jar")):
        with open(path, "rb") as f:
            lines.append(f"{hashlib.file_digest(f, 'sha256').hexdigest()}  "
                         f"{os.path.basename(path)}\n")
    return "".join(lines)


@contextlib.contextmanager
def _alone(what="lock"):
    """One process at a time makes what is below FOLDER."""
    os.makedirs(FOLDER, exist_ok=True)
    with open(f"{FOLDER}/{what}", "w", encoding="ascii") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def _maven(target):
    """Fetches the jars into a folder. Maven's own store of what it fetched is not kept."""
    mvn = _lab.tool("mvn")
    store = f"{FOLDER}/repository"
    args = [mvn, "-B", "-q", "-C", "-f", f"{HERE}/pom.xml", f"-Dmaven.repo.local={store}",
            "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={target}"]
    try:
        done = subprocess.run(args, cwd=FOLDER, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False,
                              timeout=FETCH_SECONDS, preexec_fn=_lab.die_with_parent)
    except subprocess.TimeoutExpired:
        raise Skip(f"Kafka has not come in {FETCH_SECONDS} s") from None
    finally:
        shutil.rmtree(store, ignore_errors=True)
    if done.returncode != 0:
        said = re.findall(r"\[ERROR\] (.+)", done.stdout) or [done.stdout]
        raise Skip(f"Kafka cannot be fetched: {said[0][:300]}")


def _fetch(want, update):
    """The jars in their place, checked; a folder that is there is whole."""
    done = f"{FOLDER}/lib-{hashlib.sha256(want.encode()).hexdigest()[:12]}"
    if os.path.isdir(done) and not update:
        return done
    fresh = f"{FOLDER}/fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    _maven(fresh)
    came = _sums(fresh)
    if update:
        with open(SUMS, "w", encoding="ascii") as f:
            f.write(came)
        done = f"{FOLDER}/lib-{hashlib.sha256(came.encode()).hexdigest()[:12]}"
        shutil.rmtree(done, ignore_errors=True)
    elif came != want:
        odd = sorted({line.split()[1] for line in
                      set(came.splitlines()) ^ set(want.splitlines())})
        raise Failure(f"{fresh}: not what jars.sha256 says: {', '.join(odd)}")
    os.rename(fresh, done)
    return done


def jars(update=False):
    """The folder with Kafka's jars, fetched if need be. update: takes what comes as the right one,
    for a change of pom.xml. Skips where there is none."""
    _lab.tool("java")
    named = os.environ.get("SONDE_KAFKA")
    if named and not update:
        if not glob.glob(f"{glob.escape(named)}/kafka-clients-*.jar"):
            raise Failure(f"SONDE_KAFKA: {named}: no jars of Kafka")
        return named
    with open(SUMS, encoding="ascii") as f:
        want = f.read()
    with _alone():
        return _fetch(want, update)


def classes(lib):
    """The folder with the compiled kafka/Tool.java."""
    with open(f"{HERE}/Tool.java", "rb") as f:
        mark = hashlib.sha256(f.read() + lib.encode()).hexdigest()[:12]
    folder = f"{FOLDER}/classes-{mark}"
    with _alone():
        if not os.path.isdir(folder):
            fresh = f"{FOLDER}/fresh-classes"
            shutil.rmtree(fresh, ignore_errors=True)
            done = subprocess.run(
                [_lab.tool("javac"), "-cp", f"{lib}/*", "-d", fresh, f"{HERE}/Tool.java"],
                capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise Failure(f"Tool.java: {done.stderr[:600]}")
            os.rename(fresh, folder)
    return folder


def archive(lib, make):
    """Where Java finds the classes of a started broker ready to be mapped: of what a start costs, a
    good third less. It is good for one Java and these files only; if there is none yet, make(path)
    has it written there."""
    java = os.path.realpath(_lab.tool("java"))
    mark = (lib, os.stat(lib).st_mtime_ns, java, os.stat(java).st_mtime_ns,
            _lab.Lab.read(os.path.join(os.path.dirname(java), "../release")))
    path = f"{FOLDER}/{hashlib.sha256(repr(mark).encode()).hexdigest()[:12]}.jsa"
    if not os.path.exists(path):
        with _alone("lock-archive"):  # make() needs the other one
            if not os.path.exists(path):
                make(f"{path}.fresh")
                os.rename(f"{path}.fresh", path)
    return path


def version(lib):
    """Kafka's, of a folder of jars."""
    names = " ".join(os.listdir(lib))
    return re.search(r"kafka-clients-([\d.]+)\.jar", names)[1]
