#!/usr/bin/env python3
"""A poller on easysnmp, for comparison. Its calls wait for the answer, and GETBULKs in threads make
it crash: so it is as many processes as --window says, up to some, each with a share of the tasks and
a session a device. Options and output are in bench/peers/README.md; bench/runner/peers_script.py
installs and starts it."""
import argparse
import json
import math
import os
import time

import easysnmp

PROCESSES = 16  # more only take memory: the processor is one
IF_TABLE = ".1.3.6.1.2.1.2.2"
IFX_TABLE = ".1.3.6.1.2.1.31.1.1"
IF_COLUMNS = 22  # of ifTable
COLUMNS = IF_COLUMNS + 19
GETS = [".1.3.6.1.2.1.1.3.0",
        *(f"{IFX_TABLE}.1.{column}.{i}" for column in (6, 10) for i in range(1, 5)),
        f"{IF_TABLE}.1.14.1"]
EXCEPTIONS = ("NOSUCHOBJECT", "NOSUCHINSTANCE", "ENDOFMIBVIEW")
FIRST_ROUND = 5  # s that it may take


def options():
    """As of all clients."""
    p = argparse.ArgumentParser()
    p.add_argument("--kind", choices=("get10", "walk", "one_big"), required=True)
    p.add_argument("--version", choices=("2c", "3"), default="2c")
    p.add_argument("--seconds", type=float, default=2)
    p.add_argument("--window", type=int, default=100)
    p.add_argument("--timeout", type=float, default=1)
    p.add_argument("--retries", type=int, default=3)
    p.add_argument("--interfaces", type=int, default=48)
    p.add_argument("--repetitions", type=int, default=100)
    p.add_argument("targets", nargs="+")
    return p.parse_args()


def name_of(variable):
    """The whole name, as it is asked for."""
    return f"{variable.oid}.{variable.oid_index}" if variable.oid_index else variable.oid


class Task:
    """What is asked of one device in turn."""

    def __init__(self, opt, target, roots, expected):
        self.opt, self.target, self.roots, self.expected = opt, target, roots, expected
        self.session = None

    def open(self):
        """The session; that of version 3 asks for the engine first."""
        host, port = self.target.split(":")
        common = {"hostname": host, "remote_port": int(port), "timeout": self.opt.timeout,
                  "retries": self.opt.retries, "use_numeric": True}
        if self.opt.version == "2c":
            self.session = easysnmp.Session(
                version=2, community=os.environ["PEER_COMMUNITY"], **common)
        else:
            self.session = easysnmp.Session(
                version=3, security_level="auth_with_privacy",
                security_username=os.environ["PEER_USER"],
                auth_protocol="SHA", auth_password=os.environ["PEER_AUTH_PASSWORD"],
                privacy_protocol="AES", privacy_password=os.environ["PEER_PRIV_PASSWORD"],
                **common)

    def get(self, count):
        """One operation: whether it was right."""
        found = self.session.get(GETS)
        count["requests"] += 1
        count["varbinds"] += len(found)
        return [name_of(v) for v in found] == GETS and not any(
            v.snmp_type in EXCEPTIONS for v in found)

    def walk(self, count, worker):
        """One operation: whether it was right; None if the time was over first."""
        got = 0
        for root in self.roots:
            at, below = root, f"{root}."
            while at:
                if worker.is_over():
                    return None
                found = self.session.get_bulk([at], 0, self.opt.repetitions)
                count["requests"] += 1
                at = None
                for variable in found:
                    name = name_of(variable)
                    if not name.startswith(below) or variable.snmp_type in EXCEPTIONS:
                        at = None
                        break
                    at = name
                    got += 1
                    count["varbinds"] += 1
                if got > self.expected:  # names that go round would never end
                    return False
        return got == self.expected


def tasks_of(opt, target):
    """Of one device. The columns of a big one are walked side by side."""
    if opt.kind == "walk":
        return [Task(opt, target, [IF_TABLE, IFX_TABLE], opt.interfaces * COLUMNS)]
    if opt.kind == "one_big":
        return [Task(opt, target, [f"{IF_TABLE}.1.{i + 1}" if i < IF_COLUMNS else
                                   f"{IFX_TABLE}.1.{i - IF_COLUMNS + 1}"], opt.interfaces)
                for i in range(COLUMNS)]
    return [Task(opt, target, [], len(GETS))]


class Worker:
    """One process: round after round of its tasks."""

    def __init__(self, opt, tasks):
        self.opt, self.tasks = opt, tasks
        self.count = dict.fromkeys(("requests", "varbinds", "failed", "operations"), 0)
        self.base = None  # what it was when the first round was over
        self.end = math.inf

    def measure(self):
        """From here on it counts, when each device has been asked once: what is done only at the
        first contact and the memory that it takes are left out, as they are of the others."""
        self.base = {**self.count, "at": time.monotonic(), "cpu": time.process_time()}
        self.end = self.base["at"] + self.opt.seconds

    def operation(self, task):
        """One, whatever comes of it."""
        try:
            if task.session is None:
                task.open()
            good = task.walk(self.count, self) if task.roots else task.get(self.count)
        except easysnmp.EasySNMPError:
            good = False
        if good is not None:
            self.count["operations" if good else "failed"] += 1

    def run(self):
        """All of it, and the report. Failed and whole operations are those of the first round as
        well."""
        began = time.monotonic()
        if self.opt.kind == "one_big":
            self.measure()  # its first round may be all there is
        while not self.is_over():
            for task in self.tasks:
                if self.is_over():
                    break
                self.operation(task)
                if not self.base and time.monotonic() - began > FIRST_ROUND:
                    self.measure()
            if not self.base:
                self.measure()
        told = dict(self.count)
        for key in ("requests", "varbinds"):
            told[key] -= self.base[key]
        told["seconds"] = time.monotonic() - self.base["at"]
        told["cpu"] = time.process_time() - self.base["cpu"]
        return told

    def is_over(self):
        """Whether the time is."""
        return time.monotonic() >= self.end


def main():
    """Starts the processes and adds up what they tell."""
    opt = options()
    tasks = [task for target in opt.targets for task in tasks_of(opt, target)]
    n = min(opt.window, len(tasks), PROCESSES)
    pipes = []
    for i in range(n):
        read, write = os.pipe()
        if os.fork() == 0:
            os.close(read)
            with os.fdopen(write, "w", encoding="ascii") as out:
                json.dump(Worker(opt, tasks[i::n]).run(), out)
            os._exit(0)
        os.close(write)
        pipes.append(read)
    told = []
    for read in pipes:
        with os.fdopen(read, encoding="ascii") as one:
            told.append(json.load(one))
    for _ in pipes:
        os.wait()
    total = {key: sum(one[key] for one in told) for key in told[0]}
    total["seconds"] /= n  # they run side by side
    print(json.dumps(total))


main()
