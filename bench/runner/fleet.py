"""What loss.py, dead.py and soak.py share: thousands of devices of sonde simulate on one processor,
sonde poll with one worker on the other, its round records, what both cost. All on loopback, without
a network of its own: nothing here needs to be counted at the host."""
import contextlib
import json
import os
import shutil
import statistics
import sys
import time

from . import slices
from .collectors import SONDE, Wrong
from .scene import SOURCE, _lab

CPUS = sorted(os.sched_getaffinity(0))
COLLECTOR, DEVICES = CPUS[0], CPUS[-1]
FIRST, NOBODY = "127.1", "127.2"  # where devices are, and where nobody ever answers
FRAME = 1472  # octets of an answer: one Ethernet frame, as most agents have it
TICK = os.sysconf("SC_CLK_TCK")
COUNTERS = [("ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6", 4),
            ("ifHCOutOctets", "1.3.6.1.2.1.31.1.1.1.10", 4), ("ifInErrors", "1.3.6.1.2.1.2.2.1.14", 1)]


def counters_module():
    """A module, in YAML, that is one GET of ten: sysUpTime, which sonde asks for by itself, and nine
    counters, each as a scalar of its own."""
    metrics = [(f"{name}{i}", f"{oid}.{i}") for name, oid, n in COUNTERS for i in range(1, n + 1)]
    lines = "".join(f"      - {{name: {name}, oid: {oid}, type: counter, help: {name}}}\n"
                    for name, oid in metrics)
    return (f"  counters:\n    get: [{', '.join(oid for _, oid in metrics)}]\n"
            f"    metrics:\n{lines}")


def addresses(count, first=0, prefix=FIRST):
    """Of devices first, first + 1, ..."""
    return [f"{prefix}.{i >> 8}.{i & 255}" for i in range(first + 1, first + count + 1)]


def configure(lab, name, poll, groups, output=None):
    """Writes a configuration. groups: {module: targets}."""
    lists = "".join(
        f"      - targets: [{', '.join(f'{t!r}' for t in targets)}]\n"
        f"        labels: {{__param_module: {module}}}\n" for module, targets in groups.items())
    return lab.write(name, (
        f"poll: {{{poll}}}\nauths: {{bench: {{version: 2, community: {_lab.SECRET}}}}}\n"
        f"module_files: [{SOURCE}/config/modules/if_mib.yml]\nmodules:\n{counters_module()}"
        f"targets:\n  - static:\n{lists}output:\n"
        + (output or "  - file: {path: /dev/null, format: influx, rounds: false}\n"
                     "  - stdout: {format: json, rows: false}\n")))


def knows(lab, setting):
    """Whether this version has a setting of poll."""
    path = configure(lab, "known.yaml", setting, {"counters": ["127.0.0.1"]})
    _, status = lab.sonde("poll", "--check", "-c", path)
    return status == 0


def check_values_tool():
    """The tests' program that knows each value of a device; None: it is not built."""
    tool = f"{os.path.dirname(SONDE)}/tests/tools/check_values"
    return tool if os.access(tool, os.X_OK) else None


def bound(cpu):
    """For Lab.popen(before=...): what the child does, it does on one processor."""
    return lambda: os.sched_setaffinity(0, {cpu})


def cpu_seconds(pid):
    """CPU that a process has used so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def busy_seconds():
    """CPU that all processors have spent on anything, stolen time included."""
    with open("/proc/stat", encoding="ascii") as f:
        user, nice, system, _, _, irq, softirq, steal = map(int, f.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICK


class Fleet:
    """Simulated devices. What they counted is known a fifth of a second later."""

    def __init__(self, lab, count, *args):
        self.sim = lab.simulate(
            "--devices", str(count), "--listen", f"{FIRST}.0.1/16:0", "--threads", "1",
            "--max-message", str(FRAME), "--community", _lab.SECRET, "--json", "--stats", "200ms",
            *args, before=bound(DEVICES))
        self.pid, self.port, self.count = self.sim.process.pid, self.sim.ports[0], count

    def targets(self, count, first=0, prefix=FIRST):
        """As sonde's configuration names them."""
        return [f"{a}:{self.port}" for a in addresses(count, first, prefix)]

    def totals(self):
        """All counters of this moment."""
        before = self.sim.out.count("\n")

        def told():
            if self.sim.process.poll() is not None:
                raise Wrong(f"the devices have ended: {self.sim.process.returncode}, {self.sim.err}")
            return self.sim.out.count("\n") > before
        _lab.wait_until(told, 30, "the devices' statistics")
        return json.loads(self.sim.out.splitlines()[before])

    def close(self):
        """Ends it, so that the next one has the processor alone."""
        self.sim.process.kill()
        self.sim.process.wait()


class Poller:
    """sonde poll under way on the collector's processor."""

    def __init__(self, lab, config, *args):
        self.run = lab.start("-c", config, "--threads", "1", *args, before=bound(COLLECTOR))

    def cpu(self):
        """CPU seconds so far."""
        return cpu_seconds(self.run.process.pid)

    def rounds(self, seconds):
        """Waits for the end: [(instance, when it ended in s, what the record says)], in order."""
        status = self.run.wait(seconds)
        if status != 0:
            raise Wrong(f"sonde poll: status {status}: {self.run.err}")
        return [(r["instance"], r["ts"] / 1e3, r["round"]) for r in self.run.records]


class Watch:
    """How much CPU went to others than this runner, the processes named, and those that begin and
    end while it watches."""

    def __init__(self, *pids):
        self.pids, self.began = pids, time.monotonic()
        self.busy, self.own = busy_seconds(), self._own()

    def _own(self):
        # Children count here once they have been waited for.
        return sum(cpu_seconds(pid) for pid in self.pids) + sum(os.times()[:4])

    def foreign(self):
        """Share of all processors that others used."""
        wall = time.monotonic() - self.began
        used = busy_seconds() - self.busy - (self._own() - self.own)
        return max(0.0, used / (wall * os.cpu_count()))


def quantile(values, q):
    """Of a list that is not empty."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * q))]


def turns(opt, once):
    """What once(words) returns, (figures, share of the machine that others used), again and again.
    Turns in which others used much are repeated, as often again at most: the figures of the quiet
    ones, or of all if they are fewer than three, and how many there were."""
    made, quiet = [], []
    while len(quiet) < opt.rounds and len(made) < (opt.rounds if opt.quick else 2 * opt.rounds):
        figures, foreign = once(f"turn {len(made) + 1}, {len(quiet)} quiet")
        made.append(figures)
        if foreign <= slices.FOREIGN_MAX:
            quiet.append(figures)
    used = quiet if len(quiet) >= 3 else made
    return used, {"taken": len(made), "quiet": len(quiet), "used": len(used)}


def medians(runs):
    """{figure: median} of dictionaries with the same keys; what is no number is left out."""
    return {key: statistics.median(run[key] for run in runs) for key, value in runs[0].items()
            if isinstance(value, (int, float)) and all(run.get(key) is not None for run in runs)}


def progress(text):
    """What is being done now, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r{text:<70}", end="", file=sys.stderr, flush=True)


@contextlib.contextmanager
def laboratory():
    """A folder and processes that are gone afterwards."""
    lab = _lab.Lab()
    try:
        yield lab
    finally:
        lab.close()
        shutil.rmtree(lab.dir, ignore_errors=True)
