#!/usr/bin/env python3
"""100,000 targets in one process: little memory for each, also after reloads, and a target that
answers all the while notices none of it."""
# ctest: timeout=180
import json
import os
import signal

import _lab
from _lab import check, rounds, wait_until

TARGETS = 100_000
GROUP = 100
OCTETS = 600  # of memory a target, after its load; what it learns in rounds not counted
POLL = "interval: 1d, timeout: 2s, retries: 0, threads: 1"


def idle(count, site):
    """Groups of targets at addresses where nobody answers, each due once a day."""
    names = [f"127.{64 + (i >> 16)}.{i >> 8 & 255}.{i & 255}:9" for i in range(count)]
    return [{"targets": names[i:i + GROUP],
             "labels": {"site": site, "rack": f"r{i // GROUP}", "__param_module": "system"}}
            for i in range(0, count, GROUP)]


def status(run, name):
    """KiB, from /proc."""
    with open(f"/proc/{run.process.pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith(f"{name}:"))


def octets_read(run):
    """From files and all else, since the start."""
    with open(f"/proc/{run.process.pid}/io", encoding="ascii") as f:
        return int(f.readline().split()[1])


class Fleet:
    """A target that answers every second, and many more."""

    def __init__(self, lab):
        self.lab = lab
        self.device = lab.simulate("--devices", "1", "--listen", "127.0.0.1:0",
                                   "--community", _lab.SECRET)
        self.target = self.device.peer()

    def write(self, count, site="a"):
        """The target file with so many more; its size."""
        own = {"targets": [self.target],
               "labels": {"__scrape_interval__": "1s", "__param_module": "system"}}
        path = self.lab.write("targets.json", json.dumps([own] + idle(count, site)))
        return os.path.getsize(path)

    def start(self, refresh="1h"):
        """sonde with what was written."""
        self.lab.config(f"  - file_sd: {{files: [targets.json], refresh_interval: {refresh}}}\n",
                        poll=POLL)
        run = self.lab.start()
        run.until_rounds(1, self.target, "ok")
        return run

    def end(self, run):
        """Ends it; the target that answers must have noticed nothing."""
        run.signal(signal.SIGTERM)
        check(run.wait(30) == 0, f"status {run.process.returncode}")
        mine = rounds(run.records, self.target)
        check(all(r["round"]["status"] == "ok" and r["round"]["skipped"] == 0 for r in mine),
              "the target that answers has missed rounds")
        check(f"{len(rounds(run.records))} rounds in " in run.err, "rounds and records differ")


def reload_as_is(run, times, count):
    """SIGHUP without a change."""
    said = f"configuration reloaded: {count} targets"
    for _ in range(times):
        before = run.err.count(said)
        run.signal(signal.SIGHUP)
        wait_until(lambda n=before: run.err.count(said) > n, 20, "the end of a reload")


def take_little_memory(lab):
    """The same right after the start and after reloads: what was read is given back."""
    _lab.not_with_sanitizers()
    fleet = Fleet(lab)
    fleet.write(1)
    run = fleet.start()
    alone = status(run, "VmRSS")
    fleet.end(run)
    size = fleet.write(TARGETS)
    run = fleet.start()
    each = (status(run, "VmRSS") - alone) * 1024 / TARGETS
    check(each <= OCTETS, f"{each:.0f} octets a target")
    peak = (status(run, "VmHWM") - alone) * 1024 / TARGETS
    check(peak <= OCTETS + size / TARGETS, f"{peak:.0f} octets a target at the most")
    reload_as_is(run, 2, TARGETS + 1)
    # The old snapshot goes when every worker has let go of it.
    def left():
        return (status(run, "VmRSS") - alone) * 1024 / TARGETS
    try:
        wait_until(lambda: left() < each + 40, 10, "the memory of the old snapshots")
    except _lab.Failure:
        check(False, f"{left():.0f} octets a target after reloads, {each:.0f} before")
    fleet.end(run)


def come_and_go_unnoticed_by_others(lab):
    """Nothing, one in a hundred, all, half of the targets change; the one that answers polls on."""
    fleet = Fleet(lab)
    fleet.write(TARGETS)
    run = fleet.start()
    reload_as_is(run, 1, TARGETS + 1)
    groups = json.loads(lab.read(lab.path("targets.json")))
    for group in groups[1::100]:
        group["labels"]["site"] = "b"
    lab.write("targets.json", json.dumps(groups))
    reload_as_is(run, 1, TARGETS + 1)
    fleet.write(TARGETS, site="c")
    reload_as_is(run, 1, TARGETS + 1)
    fleet.write(TARGETS // 2)
    reload_as_is(run, 1, TARGETS // 2 + 1)
    fleet.end(run)


def are_read_again_only_when_their_file_changed(lab):
    """A refresh_interval of a second, and most of the time nothing but a look at the file."""
    fleet = Fleet(lab)
    size = fleet.write(TARGETS)
    run = fleet.start(refresh="1s")

    def unread():
        before = octets_read(run)
        run.until_rounds(3, fleet.target, "ok")  # at least two seconds
        return octets_read(run) - before < size
    wait_until(unread, 30, "an end of reading")
    before = octets_read(run)
    fleet.write(TARGETS, site="z")
    wait_until(lambda: octets_read(run) - before >= size, 10, "the changed file to be read")
    fleet.end(run)


_lab.main(take_little_memory, come_and_go_unnoticed_by_others,
          are_read_again_only_when_their_file_changed)
