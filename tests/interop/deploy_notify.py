#!/usr/bin/env python3
"""What a service manager hears of sonde (sd_notify): ready, reloading, stopping, how it is doing; and its
watchdog hears that all is well as long as the main thread and every worker turn, and no longer."""
# ctest: timeout=180
import ctypes
import os
import re
import signal
import socket
import time

import _lab
from _lab import Skip, check, wait_until
from _manager import Manager

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT, WALL = 17, 0x4206, 0x4207, 0x40000000


def idle(lab, **more):
    """A configuration whose targets are due once in an hour: workers have nothing to do meanwhile."""
    names = [f"127.0.0.{i}:9" for i in range(1, 5)]
    return lab.config(names, poll="interval: 1h, timeout: 200ms, retries: 0, threads: 2", **more)


def says_when_it_is_ready_reloads_and_stops(lab):
    """In this order, at a path and at an abstract name; a reload that fails is over, too."""
    for abstract in (False, True):
        manager = Manager(lab, abstract=abstract)
        idle(lab)
        run = lab.start(env=manager.env)
        loading, _ = manager.until("STATUS", "loading the configuration")
        ready, _ = manager.until("READY", "1")
        check(loading < ready, f"{manager.heard}")
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        for text, said in ((None, "configuration reloaded: 4 targets"),
                           ("poll: {interval: never}\n", "configuration not reloaded")):
            if text:
                lab.write("sonde.yaml", text)
            run.signal(signal.SIGHUP)
            place, what = manager.until("RELOADING", "1", after=ready + 1)
            now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            check(before <= int(what["MONOTONIC_USEC"]) <= now, f"{before} {what} {now}")
            ready, _ = manager.until("READY", "1", after=place + 1)
            run.until_said(said)
            before = now
        check(manager.count("READY") == 3 and manager.count("RELOADING") == 2, f"{manager.heard}")
        run.signal(signal.SIGTERM)
        stopping, _ = manager.until("STOPPING", "1")
        check(run.wait() == 0, f"status {run.process.returncode}: {run.err}")
        manager.listen()
        check(stopping > ready and not any("READY" in said for _, said in manager.heard[stopping:]),
              f"{manager.heard}")
        check(manager.count("WATCHDOG") == 0, "nobody has a watchdog")


def is_not_ready_before_all_is_open(lab):
    """An error in the configuration, an output or a port that cannot be had, a mere check: not a READY=1."""
    taken = lab.keep(socket.socket())
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    for name, change, args, status in (
            ("good", lambda text: text, ["--check"], 0),
            ("wrong", lambda text: text + "pol: {}\n", [], 2),
            ("no output", lambda text: text.replace("stdout: {", "file: {path: no/where, "), [], 1),
            ("no port", lambda text: f"listen: 127.0.0.1:{taken.getsockname()[1]}\n{text}", [], 1)):
        manager = Manager(lab)
        with open(idle(lab), encoding="utf-8") as f:
            text = f.read()
        lab.write("sonde.yaml", change(text))
        run, found = lab.poll(*args, env=manager.env)
        check(found == status, f"{name}: status {found}: {run.err[-300:]}")
        check(manager.count("READY") == 0, f"{name}: {manager.heard}")


def its_status_is_a_line_for_people(lab):
    """Targets, rounds, what waits in outputs."""
    manager = Manager(lab)
    agent = lab.agent()
    lab.config([agent.target()], poll="interval: 300ms")
    run = lab.start(env=manager.env)
    wanted = re.compile(r"1 targets, (\d+) rounds \(\d+ ok, 0 partial, 0 failed\), \d+ left out; "
                        r"stdout: \d+ rows behind")

    def said():
        manager.listen()
        found = [wanted.fullmatch(said["STATUS"]) for _, said in manager.heard if "STATUS" in said]
        return any(f and int(f[1]) > 10 for f in found)
    wait_until(said, 25, f"a status: {manager.heard}")
    run.signal(signal.SIGTERM)
    check(run.wait() == 0, f"status {run.process.returncode}")
    manager.until("STATUS", "ending")


def _paced(manager, seconds, patience):
    """Listens so long; WATCHDOG=1 came at about half of the patience, never later."""
    since = len(manager.heard)
    began = time.monotonic()
    manager.listen(seconds)
    at = [began, *(t for t, said in manager.heard[since:] if "WATCHDOG" in said), time.monotonic()]
    gaps = [b - a for a, b in zip(at, at[1:])]
    check(max(gaps) < patience * _lab.FACTOR, f"gaps {gaps}")
    check(len(at) <= 3 + 3 * seconds / patience, f"more often than asked for: {gaps}")


def _workers(run):
    """The ids of their threads, which have no name of their own."""
    folder = f"/proc/{run.process.pid}/task"
    return [int(tid) for tid in os.listdir(folder) if int(tid) != run.process.pid
            and _lab.Lab.read(f"{folder}/{tid}/comm") == "sonde\n"]


class Held:
    """One thread of a child, and no other, stands still."""

    def __init__(self, tid):
        self.libc, self.tid = ctypes.CDLL(None, use_errno=True), tid
        self.libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
        for what in (PTRACE_SEIZE, PTRACE_INTERRUPT):
            if self.libc.ptrace(what, tid, None, None):
                raise Skip(f"no ptrace here: {os.strerror(ctypes.get_errno())}")
        os.waitpid(tid, WALL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """It goes on, also when the test has failed: a process with such a thread could not end."""
        self.libc.ptrace(PTRACE_DETACH, self.tid, None, None)


def the_watchdog_bites_when_one_worker_is_stuck(lab):
    """Workers without work are well; one that stands still is not, though the other and main go on."""
    patience = 1.0
    manager = Manager(lab, watchdog=patience)
    idle(lab)
    run = lab.start(env=manager.env)
    manager.until("READY")
    _paced(manager, 5, patience)
    workers = _workers(run)
    check(len(workers) == 2, f"{len(workers)} workers")
    with Held(workers[-1]):
        run.until_said("does nothing any more")
        since = manager.count("WATCHDOG")
        run.signal(signal.SIGHUP)
        run.until_said("configuration reloaded")  # the main thread is alive
        manager.listen(3 * patience)
        check(manager.count("WATCHDOG") == since, "the watchdog was told that all is well")
        check(manager.count("RELOADING") == 1 and manager.count("READY") == 1, "the reload is over?")
    manager.until("READY", after=1 + next(i for i, (_, said) in enumerate(manager.heard)
                                          if "RELOADING" in said))
    _paced(manager, 3, patience)
    run.signal(signal.SIGTERM)
    check(run.wait() == 0, f"status {run.process.returncode}")


def simulated_devices_tell_it_as_well(lab):
    """sonde simulate: ready when its sockets are open, watched, stopping."""
    manager = Manager(lab, watchdog=1.0)
    sim = lab.simulate("--community", _lab.SECRET, "--devices", "3", "--listen", "127.9.0.1/24:0",
                       "--threads", "2", env=manager.env)
    manager.until("READY", "1")
    manager.until("STATUS")
    _paced(manager, 3, 1.0)
    check("3 devices, " in sim.end(), "no summary")
    manager.until("STOPPING", "1")


if __name__ == "__main__":
    _lab.main(says_when_it_is_ready_reloads_and_stops,
              is_not_ready_before_all_is_open,
              its_status_is_a_line_for_people,
              the_watchdog_bites_when_one_worker_is_stuck,
              simulated_devices_tell_it_as_well)
