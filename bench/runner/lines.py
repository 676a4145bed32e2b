"""Who does the work of a workload: sonde, the bare client, a peer. Each is a line of a table."""
import dataclasses
import json
import re
import signal

from .collectors import SONDE, Wrong
from .micro import FOLDER
from .record import record
from .scene import _lab
from .slices import run_watched
from .versions import PASSWORD
from .workloads import COMMUNITY, FIRST, USER

FLOOR = f"{FOLDER}/bench_floor"
MODES = ("hybrid", "mmsg")
LONGEST = 60  # s that a slice may take beyond those it is to take: rounds are finished
STARTS = 3  # measured, the cheapest counts
ENOUGH = 0.99  # of the rounds with healthy devices: on a busy machine the devices may be too late
SUMMARY = re.compile(
    r"^sonde: \d+ targets, (?P<rounds>\d+) rounds in (?P<seconds>[\d.]+) s: (?P<ok>\d+) ok, .*\n"
    r" +(?P<requests>\d+) requests, (?P<retries>\d+) retries, (?P<varbinds>\d+) varbinds "
    r"\(.*\), (?P<rows>\d+) rows.*\n"
    r" +round duration +p50 (?P<p50>[\d.]+) ms.* lateness .*p99 (?P<late>[\d.]+) ms", re.M)
DROPS = re.compile(r"^ +rx_socket_drops_total +(\d+)", re.M)


class Line:
    """What all have: a name, files of their own, a process on the collector's processor."""

    def __init__(self, devices, name):
        self.devices, self.name = devices, name
        self.file = devices.lab.path(re.sub(r"\W+", "-", name))

    def start(self, args, env):
        """Runs it to its end: resource usage, memory at its peak, standard output and error."""
        longest = LONGEST + self.devices.workload.seconds
        status, usage, peak = run_watched(args, env, self.devices.collector_cpu,
                                          f"{self.file}.out", f"{self.file}.err", longest)
        out, err = (_lab.Lab.read(f"{self.file}.{kind}") for kind in ("out", "err"))
        if status == -signal.SIGKILL:
            raise Wrong(f"{self.name}: not at its end after {longest:g} s")
        if status != 0:
            raise Wrong(f"{self.name}: status {status}: {err[-500:]}")
        return usage, peak, out, err


class Sonde(Line):
    """sonde poll with one worker, influx lines to /dev/null. What starting costs is taken off, and
    where there is no schedule the first round as well, with its discoveries and its learning; not
    that of a big device, which may be most of the work."""

    def __init__(self, devices, name="sonde", changes=None):
        """changes: what is different from the devices' workload."""
        super().__init__(devices, name)
        self.workload = dataclasses.replace(devices.workload, **(changes or {}))
        self.config = devices.configure(re.sub(r"\W+", "-", name), self.workload)
        self.first = None

    def _poll(self, *args):
        usage, peak, _, err = self.start(
            [SONDE, "poll", "-c", self.config, "--threads", "1", *args], {})
        found = SUMMARY.search(err)
        drops = DROPS.search(err)
        told = found and {key: float(v) for key, v in found.groupdict().items()}
        if told:
            told["drops"] = int(drops[1]) if drops else 0
            told["rows"] -= told["rounds"] * self.workload.scalars
        return usage, peak, told

    def _start(self):
        """The cheapest of several: CPU of a beginning, and what was done in it."""
        w = self.workload
        once = w.healthy and not w.interval and w.kind != "one_big"
        runs = [self._poll("--once" if once else "--check")[::2] for _ in range(STARTS)]
        return min(((usage.ru_utime + usage.ru_stime, told or {}) for usage, told in runs),
                   key=lambda run: run[0])

    def run(self, s, seconds):
        """One slice."""
        w = self.workload
        if self.first is None:
            self.first = self._start()
        usage, peak, told = self._poll("--duration", f"{round(seconds * 1000)}ms")
        if not told:
            raise Wrong(f"{self.name}: no summary")
        if w.healthy and told["ok"] < ENOUGH * told["rounds"]:
            raise Wrong(f"{self.name}: not all went well: {told}")
        cpu, first = self.first
        if told["rows"] <= first.get("rows", 0):
            raise Wrong(f"{self.name}: no second round in {seconds:g} s")
        s.add(usage)
        s.start = cpu
        s.values = (told["rows"] - first.get("rows", 0)) * w.row
        s.requests = told["requests"] + told["retries"] - first.get("requests", 0)
        s.answers = s.values // w.row if w.kind == "get10" else \
            told["requests"] - first.get("requests", 0)
        s.seconds = told["seconds"] * s.values / (told["rows"] * w.row)
        s.more = {"peak_rss": peak, "round_p50_ms": told["p50"], "start_cpu": cpu,
                  "retries_per_request": told["retries"] / told["requests"],
                  "socket_drops": told["drops"]}
        if w.interval:
            s.more["late_p99_ms"] = told["late"]


class Floor(Line):
    """bench_floor: the same packets without a codec."""

    def __init__(self, devices, mode, requests):
        """requests: the messages of a round."""
        super().__init__(devices, f"bare kernel ({mode})")
        w = devices.workload
        self.values = w.rows * w.row / len(requests)
        self.args = [FLOOR, "--json", "--mode", mode, "--first", f"{FIRST}:{devices.port}",
                     "--devices", str(w.devices), "--window", str(min(w.window, len(requests))),
                     "--requests", devices.lab.write("requests", "".join(
                         f"{rq.hex()}\n" for rq in requests))]
        if w.interval:
            self.args += ["--rate", str(round(w.devices / w.interval))]

    def run(self, s, seconds):
        """One slice."""
        usage, peak, out, _ = self.start([*self.args, "--duration", f"{seconds:g}"], {})
        told = json.loads(out)
        if told["answers"] < ENOUGH * told["requests"]:
            raise Wrong(f"{self.name}: {told}")
        s.add(usage)
        s.start = usage.ru_utime + usage.ru_stime - told["user"] - told["system"]
        s.requests, s.answers, s.seconds = told["requests"], told["answers"], told["seconds"]
        s.values = told["answers"] * self.values
        s.more = {"peak_rss": peak, "octets_per_answer": told["octets"] / told["answers"]}


def floors(devices):
    """The bare client in both modes, with the messages that sonde sends."""
    requests = record(devices)
    return [Floor(devices, mode, requests) for mode in MODES]


class Peer(Line):
    """Another poller; see peers.py."""

    def __init__(self, devices, peer, make):
        """make: the class by which peers.py is told what to do."""
        super().__init__(devices, peer.name)
        w = devices.workload
        self.peer = peer
        self.told = {"kind": w.kind, "version": w.version, "targets": tuple(devices.targets),
                     "window": w.peer_window, "community": COMMUNITY, "interfaces": w.interfaces}
        if w.version == "3":
            self.told |= {"user": USER, "auth_password": PASSWORD, "priv_password": PASSWORD}
        self.make = make

    def work(self, seconds=1.0):
        """The workload as peers.py knows it."""
        return self.make(seconds=seconds, **self.told)

    def run(self, s, seconds):
        """One slice."""
        argv, env = self.peer.command(self.work(seconds))
        usage, peak, out, _ = self.start(argv, env)
        told = json.loads(out.strip().splitlines()[-1])
        if not told["varbinds"]:
            raise Wrong(f"{self.name}: no varbinds: {told}")
        s.add(usage)
        if "cpu" in told:
            s.start = usage.ru_utime + usage.ru_stime - told["cpu"]
        s.requests, s.values, s.seconds = told["requests"], told["varbinds"], told["seconds"]
        s.more = {"peak_rss": peak, "failed": told.get("failed", 0)}


def peers_of(devices, skipped):
    """Lines of all peers that can do this; why others can't goes to skipped, a dictionary."""
    try:
        from . import peers  # pylint: disable=import-outside-toplevel
    except ImportError as e:
        skipped["peers"] = str(e)
        return []
    found = []
    for peer in peers.peers():
        line = Peer(devices, peer, peers.Workload)
        ready, why = peer.available()
        if not ready:
            skipped[peer.name] = why
        elif peer.supports(line.work()):
            found.append(line)
    return found
