"""A collector of made-up devices whose rows go to Kafka, and what it says of itself meanwhile: round
records in a file beside it, its page of metrics, its summary. A test names the phases of a trial
and gets the lateness of the rounds in each."""
import collections
import json
import os
import re
import signal
import sys
import time

import _lab
import _pages
from _lab import SECRET, check, wait_until

SOON = {"reconnect.backoff.max.ms": 500, "statistics.interval.ms": 1000}
V3 = (f"version: 3, username: full, security_level: authPriv, auth_protocol: SHA, "
      f"password: {SECRET}-auth, priv_protocol: AES, priv_password: {SECRET}-priv")
USER = f"full:SHA:{SECRET}-auth:AES:{SECRET}-priv"
ACCOUNT = re.compile(r"output kafka +rows (\d+) written, (\d+) lost, (\d+) dropped; "
                     r"round records (\d+) written, (\d+) lost, (\d+) dropped")
METRIC = re.compile(r'^(sonde_\w+)\{output="1",([^}]*)\} (\S+)$', re.M)
Phase = collections.namedtuple("Phase", "name start")
# Of the rounds that began in a phase: ms, and how many were left out; then what a Pulse had, ms.
Lateness = collections.namedtuple("Lateness", "rounds p50 p99 worst skipped machine_p99 "
                                              "machine_worst")
Account = collections.namedtuple("Account", "written lost dropped rounds_written rounds_lost "
                                            "rounds_dropped")


def cpu(process):
    """Seconds of CPU of a process that is under way."""
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(values, share):
    """The value that so large a share does not exceed; 0 of none."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))] if ranked else 0.0


class Pulse:
    """What the machine makes anybody wait: a process on each processor that sleeps, and tells how
    late it wakes up. Workers, which have a processor each, can't be in time where it is not."""
    PERIOD = 0.005  # s
    PROGRAM = """import os, sys, time
os.sched_setaffinity(0, {int(sys.argv[1])})
while True:
    began = time.monotonic()
    time.sleep(%r)
    late = time.monotonic() - began - %r
    if late > 0.001:
        print(time.time(), late * 1000, flush=True)
""" % (PERIOD, PERIOD)

    def __init__(self, lab):
        self.files = []
        for number in sorted(os.sched_getaffinity(0)):
            path = lab.path(f"pulse-{number}")
            with open(path, "wb") as f:
                lab.popen([sys.executable, "-c", self.PROGRAM, str(number)], stdout=f)
            self.files.append(path)

    def between(self, start, end):
        """(p99, max) in ms of the processor that was worse."""
        found = [(0.0, 0.0)]
        for path in self.files:
            lines = (line.split() for line in _lab.Lab.read(path).splitlines()[:-1])
            late = [float(ms) for when, ms in lines if start <= float(when) < end]
            often = max(len(late), int((end - start) / self.PERIOD))
            found.append((percentile(late + [0.0] * (often - len(late)), 0.99),
                          max(late, default=0.0)))
        return max(p99 for p99, _ in found), max(worst for _, worst in found)


class Trial:
    """Devices and a collector that is ready to start.

    brokers     where Kafka is
    devices, interfaces, interval (s), v3 (share of the devices that are asked by SNMPv3)
    kafka       more keys of the output, as text: "buffer_bytes: 2MiB"
    properties  more of librdkafka's
    rows        whether the file gets the rows too, not just the round records"""

    def __init__(self, lab, brokers, devices=40, interfaces=12, interval=0.5, v3=0.0, kafka="",
                 properties=None, rows=False):
        self.lab, self.interval = lab, interval
        self.sim = lab.simulate("--community", SECRET, "--user", USER, "--devices", str(devices),
                                "--interfaces", str(interfaces), "--listen", "127.9.0.1/16:0")
        port = self.sim.ports[0]
        self.names = [f"127.9.{i >> 8}.{i & 255}:{port}" for i in range(1, devices + 1)]
        self.v3 = self.names[:int(devices * v3)]
        self.file, self.pulse = lab.path("records.json"), Pulse(lab)
        self.phases, self.run, self.page, self.ends = [], None, None, []
        self._told = self._read = 0  # round records counted, octets of the file looked at
        properties = ", ".join(f"{k}: {v}" for k, v in (SOON | (properties or {})).items())
        lab.write("sonde.yaml", (
            "listen: 127.0.0.1:0\n"
            f"poll: {{interval: {round(interval * 1000)}ms, timeout: 2s, retries: 3, "
            "in_flight: 400}\n"
            f"auths: {{v2: {{version: 2, community: {SECRET}}}, v3: {{{V3}}}}}\n"
            f"module_files: [{_lab.SOURCE}/config/modules/if_mib.yml]\n"
            f"targets:\n{self._group(self.v3, 'v3')}"
            f"{self._group(self.names[len(self.v3):], 'v2')}"
            f"output:\n  - file: {{path: records.json, format: json, rows: {str(rows).lower()}}}\n"
            f"  - kafka: {{brokers: \"{brokers}\", topic: rows, status_topic: status"
            f"{kafka and ', '}{kafka}, properties: {{{properties}}}}}\n"))

    @staticmethod
    def _group(names, auth):
        """Targets that are asked in one way."""
        if not names:
            return ""
        listed = ", ".join(f'"{name}"' for name in names)
        return (f"  - static: [{{targets: [{listed}], labels: {{__param_module: if_mib, "
                f"__param_auth: {auth}}}}}]\n")

    def start(self, *args):
        """sonde poll; again after an end, if need be."""
        self.run = self.lab.start(*args)
        self.page = _pages.Collector(self.run)
        return self

    def phase(self, name):
        """From now on rounds belong to this phase."""
        self.phases.append(Phase(name, time.time()))

    def records(self):
        """Round records that the file has by now."""
        with open(self.file, encoding="utf-8") as f:
            for line in f:
                if '"round":' in line and line.endswith("\n"):
                    yield json.loads(line)

    def _count(self):
        """Round records in the file; only what came since the last look is read."""
        if os.path.exists(self.file):
            with open(self.file, "rb") as f:
                f.seek(self._read)
                while chunk := f.read(1 << 22):
                    whole = chunk.rfind(b"\n") + 1
                    if not whole:
                        break
                    self._told += chunk.count(b'"round":', 0, whole)
                    self._read += whole
                    f.seek(self._read)
        return self._told

    def until_rounds(self, n, seconds=60):
        """Waits for n more rounds of each device, as far as the file tells."""
        wanted = self._count() + n * len(self.names)
        wait_until(lambda: time.sleep(0.1) or self._count() >= wanted, seconds + n * self.interval,
                   f"{n} rounds: {self.run.err[-300:]}")

    def metrics(self):
        """{name: sum over its labels} of the Kafka output, and {(name, label's value)}."""
        found = collections.Counter()
        for name, labels, value in METRIC.findall(self.page.get("/metrics")):
            found[name] += float(value)
            for label in re.findall(r'(?:reason|cause)="([^"]*)"', labels):
                found[name, label] += float(value)
        return found

    def end(self, seconds=60, status=0):
        """Ends the collector in order: its account, added to `ends`."""
        self.run.signal(signal.SIGTERM)
        found = self.run.wait(seconds)
        check(status is None or found == status, f"status {found}: {self.run.err[-800:]}")
        said = ACCOUNT.search(self.run.err)
        check(said, f"no account: {self.run.err[-800:]}")
        self.ends.append(Account(*map(int, said.groups())))
        return self.ends[-1]

    def polled(self):
        """What was polled, by the file: {(instance, cycle is unknown)}: rounds, their rows, those
        that were skipped, and statuses."""
        rounds, rows, skipped, statuses = 0, 0, 0, collections.Counter()
        for r in self.records():
            rounds += 1
            rows += r["round"]["rows"]
            skipped += r["round"]["skipped"]
            statuses[r["round"]["status"]] += 1
        return rounds, rows, skipped, dict(statuses)

    def lateness(self):
        """{phase: Lateness}"""
        late, skipped = collections.defaultdict(list), collections.Counter()
        for r in self.records():
            began = (r["ts"] - r["round"]["duration_ms"]) / 1000
            name = next((p.name for p in reversed(self.phases) if p.start <= began), None)
            late[name].append(r["round"]["lateness_ms"])
            skipped[name] += r["round"]["skipped"]
        ends = [p.start for p in self.phases[1:]] + [time.time()]
        return {p.name: Lateness(len(late[p.name]), percentile(late[p.name], 0.5),
                                 percentile(late[p.name], 0.99), max(late[p.name], default=0.0),
                                 skipped[p.name], *self.pulse.between(p.start, end))
                for p, end in zip(self.phases, ends)}

    def check_lateness(self, ms):
        """Rounds are not later than the machine makes them, by so much in the 99th percentile, and
        none is left out where there is nobody else at work. Prints them by phase."""
        for name, found in self.lateness().items():
            print(f"    {name:<16} {found.rounds:>7} rounds, late by p50 {found.p50:.2f}, p99 "
                  f"{found.p99:.2f}, max {found.worst:.2f} ms, {found.skipped} skipped; a process "
                  f"that sleeps: {found.machine_p99:.2f}, {found.machine_worst:.2f} ms")
            # a worker that is kept waiting once has work for a second time
            check(found.p99 < 2 * found.machine_worst + ms * _lab.FACTOR, f"{name}: late")
            check(not found.skipped or found.machine_worst > 200 * self.interval,
                  f"{name}: {found.skipped} rounds skipped")
