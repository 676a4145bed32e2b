"""What a scrape costs: sonde's /snmp beside snmp_exporter's, the same module, the same devices, the same
client. Each has one processor to itself; the devices and the client share the other. CPU is that of the
server's process, all threads, and of nobody else."""
import gzip
import http.client
import itertools
import os
import re
import threading
import time
import urllib.parse

from . import slices
from .collectors import Wrong
from .fleet import COLLECTOR, DEVICES, bound, cpu_seconds, laboratory
from .scene import SOURCE, _lab

import _exporter  # found beside _lab

MODULE, FILE = "if_mib", f"{SOURCE}/config/modules/if_mib.yml"
WORKLOADS = ((48, 100), (500, 20))  # interfaces, devices
COLUMNS = 41  # of ifTable and ifXTable
AT_ONCE = 8  # scrapes
FRAME = 1472  # octets of an answer: one Ethernet frame, as most agents have it
MB = 1 << 20
OWN = ("snmp_scrape_", "sonde_scrape_")
AIM = 10  # times less than the exporter
# Prometheus' own headers: it takes what is packed. And the same without that.
PLAIN = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"}
GZIP = PLAIN | {"Accept-Encoding": "gzip"}
ASKED = ((", gzip, as Prometheus asks", GZIP), (", not packed", PLAIN))


def clock(pid):
    """CPU seconds of a process, ended threads included: its clock, as clock_getcpuclockid names it."""
    return time.clock_gettime(~pid << 3 | 2)


def memory(pid, field):
    """VmRSS or VmHWM of a process, octets."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
        return int(re.search(rf"{field}:\s+(\d+) kB", f.read())[1]) * 1024


class Scraped:
    """The devices, as the slices know an agent."""

    def __init__(self, lab, interfaces, devices):
        self.varbinds = interfaces * COLUMNS
        self.interfaces = interfaces
        self.sim = lab.simulate(
            "--devices", str(devices), "--listen", "127.1.0.1/16:0", "--threads", "1",
            "--interfaces", str(interfaces), "--max-message", str(FRAME), "--community",
            _lab.SECRET, before=bound(DEVICES))
        self.targets = [f"127.1.{i >> 8}.{i & 255}:{self.sim.ports[0]}"
                        for i in range(1, devices + 1)]

    def agent_cpu_seconds(self):
        """CPU the devices have used so far."""
        return cpu_seconds(self.sim.process.pid)


class Case:
    """A server, asked in one way."""

    def __init__(self, scene, server, name, headers):
        self.scene, self.server, self.name, self.headers = scene, server, name, headers
        self.paths = itertools.cycle(["/snmp?" + urllib.parse.urlencode(
            {"target": target, "module": MODULE, "auth": "v2"}) for target in scene.targets])
        self.lock = threading.Lock()

    def _scrape(self, connection, unpack=False):
        """Octets of an answer, which must be packed if that was asked for, and whole; what is packed
        is only counted, or the client would be busy with nothing else."""
        with self.lock:
            path = next(self.paths)
        connection.request("GET", path, headers=self.headers)
        answer = connection.getresponse()
        body = answer.read()
        packed = answer.getheader("Content-Encoding") == "gzip"
        if answer.status != 200 or packed != (self.headers is GZIP):
            raise Wrong(f"{self.name}: {answer.status}, {answer.getheaders()}, {body[:200]!r}")
        text = gzip.decompress(body) if packed and unpack else body
        if (unpack or not packed) and text.count(b"\nifHCInOctets{") != self.scene.interfaces:
            raise Wrong(f"{self.name}: {text[:200]!r}")
        return len(body)

    def check(self):
        """One answer, unpacked."""
        connection = http.client.HTTPConnection(*self.server.address, timeout=60)
        self._scrape(connection, unpack=True)
        connection.close()

    def _client(self, end, done, wrong):
        """Scrapes until the time is over; appends octets of each."""
        connection = http.client.HTTPConnection(*self.server.address, timeout=60)
        try:
            while time.monotonic() < end and not wrong:
                done.append(self._scrape(connection))
        except (Wrong, OSError, http.client.HTTPException) as e:
            wrong.append(f"{self.name}: {e}")
        finally:
            connection.close()

    def run(self, s, seconds):
        """One slice; scrapes that were begun are ended."""
        pid, done, wrong = self.server.process.pid, [], []
        before, end = clock(pid), time.monotonic() + seconds
        clients = [threading.Thread(target=self._client, args=(end, done, wrong))
                   for _ in range(AT_ONCE)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        if wrong:
            raise Wrong(wrong[0])
        s.user, s.walks = clock(pid) - before, len(done)
        s.more = {"octets": sum(done) / len(done), "peak_rss": memory(pid, "VmHWM")}


def _servers(lab):
    """(sonde, the newest exporter), each on the collector's processor."""
    program = _exporter.programs()[0]
    if program.version < _exporter.AUTH_SPLIT:
        raise Wrong(f"{program.name} is too old: bench/run --install-peers")
    exporter = _exporter.Exporter(lab, program, FILE, _exporter.read_modules(FILE),
                                  before=bound(COLLECTOR))
    return _exporter.Sonde(lab, FILE, "--threads", "1", before=bound(COLLECTOR)), exporter


def check_series(scene, sonde, exporter):
    """Both have the same series, which move: names and labels. But for those about the scrape."""
    answers = [server.scrape(scene.targets[0], MODULE) for server in (exporter, sonde)]
    if any(answer[0] != 200 for answer in answers):
        raise Wrong(f"{[answer[:2] for answer in answers]}")
    wrong = [d for d in _exporter.differences(*(_exporter.parse(a[1]) for a in answers))
             if d.kind != "value" and not d.metric.startswith(OWN)]
    if wrong:
        raise Wrong(f"not the same series: {wrong[:3]}")


def _one(interfaces, devices, opt):
    """All slices of one kind of device. Servers are started anew, for their memory."""
    with laboratory() as lab:
        scene = Scraped(lab, interfaces, devices)
        sonde, exporter = servers = _servers(lab)
        check_series(scene, sonde, exporter)
        idle = {server.name: memory(server.process.pid, "VmRSS") for server in servers}
        cases = [Case(scene, server, f"{server.name}{suffix}", headers)
                 for suffix, headers in ASKED for server in servers]
        for case in cases:
            case.check()
        mine = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {DEVICES})
        try:
            figures, taken = slices.run(scene, cases, cases[0], opt)
        finally:
            os.sched_setaffinity(0, mine)
        return {"interfaces": interfaces, "devices": devices, "slices": taken, "cases": figures,
                "idle_rss": idle}


def run(opt):
    """{interfaces: figures}."""
    try:
        return {str(interfaces): _one(interfaces, min(devices, 5) if opt.quick else devices, opt)
                for interfaces, devices in WORKLOADS}
    except _lab.Skip as e:
        raise Wrong(str(e)) from None


def print_table(result):
    """For people."""
    for r in result.values():
        taken = r["slices"]
        print(f"\nScrapes of {MODULE}, {r['interfaces']} interfaces, {r['devices']} devices, "
              f"{AT_ONCE} at once; medians of {taken['slices']} slices ({taken['quiet']} of "
              f"{taken['taken']} quiet).\n")
        print(f"{'':<52} {'CPU ms/scrape':>13} {'times':>7} {'p5':>6} {'p95':>6} {'kB':>6} "
              f"{'peak MB':>8} {'scrapes/s':>9}")
        for name, case in r["cases"].items():
            m = {key: spread["median"] for key, spread in case.items()}
            print(f"{name:<52} {m['us_per_walk'] / 1e3:>13.3f} {m['ratio']:>7.2f} "
                  f"{case['ratio']['p5']:>6.2f} {case['ratio']['p95']:>6.2f} "
                  f"{m['octets'] / 1e3:>6.0f} {m['peak_rss'] / MB:>8.1f} "
                  f"{m['varbinds_per_second'] / (r['interfaces'] * COLUMNS):>9.0f}")
        exporter = list(r["cases"].values())[1]
        ratio = exporter["ratio"]["median"]
        print(f"aim: {AIM} times less CPU than the exporter, both with gzip: {ratio:.1f} times, "
              f"{'met' if ratio >= AIM else 'NOT met'}")
