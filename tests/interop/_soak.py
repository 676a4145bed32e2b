"""A collector that runs on while everything around it changes, for interop/soak.py (seconds) and
bench/run --only soak (half an hour). Around it:

- devices at 127.1.0.1 and up: some lose, double, delay, reorder and spoil answers or fall silent for
  seconds; all of them restart every few minutes
- devices at 127.64.0.1 and up: go away all at once, and come back with tables of another length
- reloads: targets go and come back, labels change; every fifth is refused, its file is broken

What must hold is in Soak.wrong(): every round begun has one record, no record and no row is lost,
targets that stay miss no round, rows have the values of their device and are as many as it has."""
import collections
import itertools
import json
import os
import random
import re
import signal
import socket
import subprocess
import threading
import time

import _lab
from _lab import check, wait_until

FAULTS = ("share=30%,loss=1%,dup=1%,reorder=1%,reorder=30ms,delay=1ms,jitter=1ms,wrong_id=1000ppm,"
          "garbage=1000ppm,cut=1000ppm,stall=50ppm,stall=7s")
INTERFACES = 48
LENGTHS = (48, 52, 40, 49)  # of the tables of those that come back, in turn
SHIFTING = 0.1  # share of the devices that go away and come back
LEAVING = 0.05  # share of the targets that a reload takes out
SLACK = 2  # s that a round may last longer than its four attempts: the machine takes it
SAMPLE_ROWS = 1000  # whose values are checked at a time
SUMMARY = re.compile(r"sonde: \d+ targets, (\d+) rounds in ([\d.]+) s: (\d+) ok, (\d+) partial, "
                     r"(\d+) failed, (\d+) cancelled")
OUTPUT = re.compile(r"output (\w+) +rows (\d+) written, (\d+) lost, (\d+) dropped; round records "
                    r"(\d+) written, (\d+) lost, (\d+) dropped")


def _is_free(port):
    """Whether a UDP port can be had, on all addresses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.bind(("0.0.0.0", port))
            return True
        except OSError:
            return False


def comparable(lines, span, reboot_s=None):
    """Rows for the tool check_values, of devices at 127.1 that do not restart during a round of at
    most span seconds. sysUpTime is asked for along with the rest and may be the last to be answered:
    the tool, which looks for values of its moment and later, is told an earlier one."""
    first = span * 100
    latest = (reboot_s - span) * 100 if reboot_s else 1 << 32
    for line in lines:
        uptime = re.search(r'"uptime":(\d+)', line)
        if '"instance":"127.1.' in line and uptime and first < int(uptime[1]) < latest:
            yield (f'{line[:uptime.start()]}"uptime":{int(uptime[1]) - first}'
                   f'{line[uptime.end():]}')


class Devices:
    """Both kinds. before: called in the children, as Lab.popen's."""

    def __init__(self, lab, count, reboot_s, before=None):
        self.lab, self.before = lab, before
        self.shifting = max(1, round(count * SHIFTING))
        self.steady = count - self.shifting
        self.reboot_s = reboot_s
        self.sim = self._start("127.1.0.1", self.steady, 0, INTERFACES, "--fault", FAULTS,
                               "--reboot-every", f"{reboot_s}s")
        self.pid, self.port = self.sim.process.pid, self.sim.ports[0]
        self.lengths = []  # [interfaces, from, to or None], Unix s, of the shifting ones
        self.other, self.other_port = None, 0
        self.come()

    def _start(self, first, count, port, interfaces, *args):
        return self.lab.simulate(
            "--devices", str(count), "--listen", f"{first}/16:{port}", "--threads", "1",
            "--interfaces", str(interfaces), "--max-message", "1472", "--community", _lab.SECRET,
            *args, before=self.before)

    def come(self):
        """The shifting ones are there, with the next length of tables."""
        length = LENGTHS[len(self.lengths) % len(LENGTHS)]
        # The kernel lets go of a ring's sockets a moment after their process has ended.
        wait_until(lambda: _is_free(self.other_port), 10, "the port of the shifting devices")
        self.other = self._start("127.64.0.1", self.shifting, self.other_port, length)
        self.other_port = self.other.ports[0]
        self.lengths.append([length, time.time(), None])

    def go(self):
        """They are not."""
        self.lengths[-1][2] = time.time()
        self.other.end()
        self.other = None

    def length_during(self, begin, end):
        """Interfaces of the shifting ones if nothing changed between the times, else None."""
        for length, first, last in self.lengths:
            if first < begin and (last is None or end < last):
                return length
        return None

    def targets(self):
        """All, as the configuration names them: the steady ones, the shifting ones."""
        def named(prefix, second, count, port):
            return [f"{prefix}.{second}.{i >> 8}.{i & 255}:{port}" for i in range(1, count + 1)]
        # A prefix of 16 bits holds no more.
        return (named(127, 1, self.steady, self.port),
                named(127, 64, self.shifting, self.other_port))


class Soak:
    """sonde poll among them."""

    def __init__(self, lab, devices, poll, before=None, check_values=None):
        """poll: settings (interval_ms, timeout_ms, threads); before: as Lab.popen's; check_values:
        path of the tool, None: values are not checked."""
        self.lab, self.devices, self.tool = lab, devices, check_values
        self.interval_ms = poll["interval_ms"]
        self.span = 4 * poll["timeout_ms"] // 1000 + SLACK  # s that a round may last
        self.rng = random.Random(1)
        self.by_status, self.skipped = collections.Counter(), 0
        self.requests = self.retries = self.records = 0
        self.seen = collections.Counter()  # rounds and skipped intervals of each target
        self.last_ms = {}  # how long the latest round of each took
        self.problems = []  # what was wrong, in words
        self.samples = []  # (s since the start, RSS in KiB, open files, CPU s)
        self.values = 0  # checked
        self.turn = self.reloads = self.refused = self.shifts = 0
        steady, self.shifting = devices.targets()
        self.stay, self.change = steady[::2], steady[1::2]
        self.names = set(self.shifting)
        self._write()
        os.symlink("/dev/null", lab.path("rows"))
        lab.write("sonde.yaml", (
            f"poll: {{interval: {self.interval_ms}ms, timeout: {poll['timeout_ms']}ms, retries: 3, "
            f"threads: {poll['threads']}}}\n"
            f"auths: {{lab: {{version: 2, community: {_lab.SECRET}}}}}\n"
            f"module_files: [{_lab.SOURCE}/config/modules/if_mib.yml]\n"
            "targets:\n  - file_sd: {files: [targets.json], refresh_interval: 1d}\n"
            "output:\n  - file: {path: rows, format: json, rounds: false}\n"
            "  - stdout: {format: json, rows: false}\n"))
        self.began = time.monotonic()
        self.run = lab.start(before=before, stdout=subprocess.PIPE)
        self.pid = self.run.process.pid
        self.over = threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.sampler = threading.Thread(target=self._sample, daemon=True)
        self.reader.start()
        self.sampler.start()

    def _write(self):
        """The targets, some of the changing half left out and some with another label."""
        change = list(self.change)
        self.rng.shuffle(change)
        few = round(len(change) * 2 * LEAVING)
        groups = [(self.stay, "one"), (self.shifting, "one"), (change[few:-few], "one"),
                  (change[-few:], "two")]
        self.lab.write("targets.json", json.dumps(
            [{"targets": targets, "labels": {"site": site, "__param_module": "if_mib"}}
             for targets, site in groups]))

    def _sample(self):
        """Memory, every second."""
        page = os.sysconf("SC_PAGESIZE") // 1024
        while not self.over.wait(1):
            try:
                with open(f"/proc/{self.pid}/statm", encoding="ascii") as f:
                    rss = int(f.read().split()[1]) * page
                with open(f"/proc/{self.pid}/stat", encoding="ascii") as f:
                    fields = f.read().rsplit(")", 1)[1].split()
                files = len(os.listdir(f"/proc/{self.pid}/fd"))
            except (OSError, IndexError):
                return  # it is over
            cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            self.samples.append((time.monotonic() - self.began, rss, files, cpu))

    def _read(self):
        """Every round record, as it comes."""
        for line in self.run.process.stdout:
            try:
                self._take(json.loads(line))
            except (ValueError, KeyError) as e:
                self._wrong(f"no round record ({e!r}): {line[:200]!r}")

    def _take(self, record):
        name, r = record["instance"], record["round"]
        self.records += 1
        self.by_status[r["status"]] += 1
        self.requests += r["requests"]
        self.retries += r["retries"]
        self.skipped += r["skipped"]
        self.seen[name] += 1 + r["skipped"]
        self.last_ms[name] = r["duration_ms"]
        end = record["ts"] / 1e3
        length = INTERFACES
        if name in self.names:
            length = self.devices.length_during(end - r["duration_ms"] / 1e3 - 0.1, end + 0.1)
        if (r["status"] == "ok" and length and (r["rows"] != length + 1 or r["rows_partial"])
                or r["status"] == "timeout" and r["rows"]):
            self._wrong(f"rows of a device with {length} interfaces: {json.dumps(record)}")

    def _wrong(self, text):
        if len(self.problems) < 20:
            self.problems.append(text)

    def _hup(self):
        """A reload, and when it is taken: no round of before the last one is under way."""
        before = self.run.err.count("configuration reloaded")
        self.run.signal(signal.SIGHUP)
        wait_until(lambda: self.run.err.count("configuration reloaded") > before, 120, "the reload")
        self.reloads += 1

    def reload(self):
        """Targets go and come back."""
        self._write()
        self._hup()

    def refuse(self):
        """A broken file changes nothing."""
        good = self.lab.read(self.lab.path("targets.json"))
        self.lab.write("targets.json", good[:-2])
        before = self.run.err.count("its targets stay as they were")
        self._hup()
        check(self.run.err.count("its targets stay as they were") > before, "no refusal was told")
        self.refused += 1
        self.lab.write("targets.json", good)

    def shift(self):
        """The shifting devices go, or come back with other tables."""
        if self.devices.other:
            self.devices.go()
        else:
            self.devices.come()
        self.shifts += 1

    def _link(self, where):
        """The output's name leads elsewhere; a reload opens it anew."""
        os.symlink(where, self.lab.path("rows.new"))
        os.rename(self.lab.path("rows.new"), self.lab.path("rows"))

    def check_values(self, seconds):
        """Takes the rows of a moment, and compares each value with the function of its device."""
        if not self.tool:
            return
        sample = self.lab.path("sample.json")
        self._link(sample)
        self._hup()
        time.sleep(seconds)
        self._link("/dev/null")
        self._hup()
        time.sleep(1)  # what was under way to the file is in it
        with open(sample, encoding="utf-8") as f:
            text = "".join(itertools.islice(
                comparable(f, self.span, self.devices.reboot_s), SAMPLE_ROWS))
        os.unlink(sample)
        done = subprocess.run([self.tool, str(INTERFACES), "0", "127.1.0.1", str(2 * self.span)],
                              input=text, capture_output=True, text=True, check=False)
        found = re.search(r"(\d+) values, \d+ of them later, (\d+) wrong", done.stdout)
        if not found or int(found[2]):
            self._wrong(f"values: {done.stdout[-2000:]}")
            return
        self.values += int(found[1])

    def live(self, seconds, period):
        """Lets it run, something happening every period (s), a little more or less."""
        until = time.monotonic() + seconds
        while True:
            pause = period * self.rng.uniform(0.8, 1.2)
            if time.monotonic() + pause > until:
                time.sleep(max(0.0, until - time.monotonic()))
                return
            time.sleep(pause)
            self.turn += 1
            check(self.run.process.poll() is None, f"ended: {self.run.err[-2000:]}")
            if self.turn % 5 == 0:
                self.refuse()
            if self.turn % 2 == 0:
                self.shift()
            if self.turn % 4 == 1:
                self.check_values(min(1.0, period / 4))
            self.reload()

    def end(self):
        """Ends it: seconds it ran, what its summary says."""
        ran = time.monotonic() - self.began
        self.over.set()
        self.run.signal(signal.SIGTERM)
        status = self.run.wait(60)
        self.reader.join(30)
        self.sampler.join(5)
        if status != 0:
            self._wrong(f"status {status}")
        self._check_summary()
        self._check_schedule(ran)
        return ran

    def _check_summary(self):
        """Rounds begun, rounds told and records read are one number."""
        said = SUMMARY.search(self.run.err)
        if not said:
            self._wrong(f"no summary: {self.run.err[-2000:]}")
            return
        begun, ok, partial, failed, cancelled = (int(said[i]) for i in (1, 3, 4, 5, 6))
        counts = self.by_status
        others = self.records - counts["ok"] - counts["partial"] - counts["cancelled"]
        if not (begun == ok + partial + failed + cancelled == self.records
                and (ok, partial, failed, cancelled) == (counts["ok"], counts["partial"], others,
                                                         counts["cancelled"])):
            self._wrong(f"{said[0]}; {self.records} records: {dict(counts)}")
        outputs = {found[0]: [int(n) for n in found[1:]] for found in
                   OUTPUT.findall(self.run.err[said.start():])}
        if (len(outputs) != 2 or any(lost for n in outputs.values()
                                     for lost in (n[1], n[2], n[4], n[5]))
                or outputs["stdout"][3] != self.records):
            self._wrong(f"outputs: {outputs}")

    def _check_schedule(self, ran):
        """Targets that were there all the time have as many rounds as there were intervals; those
        that came too late and were left out are told as skipped, by the next record."""
        def missing(name):
            untold = self.last_ms.get(name, 0) // self.interval_ms
            return int(ran * 1000 / self.interval_ms) - 1 - self.seen[name] - untold
        late = {name: missing(name) for name in self.stay + self.shifting if missing(name) > 0}
        if late:
            self._wrong(f"{len(late)} targets have missed rounds: {list(late.items())[:5]}")
