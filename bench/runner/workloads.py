"""What collectors have to do, and the devices they do it with: sonde simulate, one worker, on the
processor that the collectors do not use."""
import dataclasses
import os

from . import versions
from .scene import SOURCE, pin, _lab

FIRST = "127.1.0.1"
COMMUNITY = "public"
FRAME = 1472  # octets of an answer: one Ethernet frame, as most agents have it
COLUMNS = 41  # of ifTable and ifXTable
USER = "bench"
COUNTERS = [("sysUpTime", "1.3.6.1.2.1.1.3.0", "gauge"),
            *((f"ifHCInOctets{i}", f"1.3.6.1.2.1.31.1.1.1.6.{i}", "counter") for i in range(1, 5)),
            *((f"ifHCOutOctets{i}", f"1.3.6.1.2.1.31.1.1.1.10.{i}", "counter")
              for i in range(1, 5)),
            ("ifInErrors1", "1.3.6.1.2.1.2.2.1.14.1", "counter")]


@dataclasses.dataclass(frozen=True)
class Workload:
    """One kind of work. Without a pause each device is asked again as soon as it has answered."""
    name: str
    title: str
    kind: str  # get10: one GET of ten counters; walk: ifTable and ifXTable; one_big: of one device
    devices: int
    version: str = "2c"  # or "3": authPriv with SHA-1 and AES-128
    interfaces: int = 48
    interval: float = 0  # s between the rounds of a device; 0: no pause
    faults: str = ""  # of the devices
    timeout: str = "1s"
    window: int = 4  # of sonde and the bare client: requests under way to one device
    poll: str = ""  # further settings of sonde's poll section
    floor: bool = False  # whether the bare client runs beside
    peers: bool = False  # whether peers do
    peer_window: int = 100  # devices that peers ask at once
    beside: tuple = ()  # further lines of sonde: (name, what of the workload is different)
    seconds: float = 0  # of a slice at least
    long: bool = False  # only when it is named, and one slice: a first round takes minutes

    @property
    def row(self):
        """Varbinds of a row."""
        return len(COUNTERS) if self.kind == "get10" else COLUMNS

    @property
    def rows(self):
        """Rows of a round that count: those of the table, or of the ten counters."""
        return 1 if self.kind == "get10" else self.interfaces

    @property
    def scalars(self):
        """Rows of a round that do not count: if_mib's scalars."""
        return 0 if self.kind == "get10" else 1

    @property
    def healthy(self):
        """Whether every round must be whole."""
        return "loss" not in self.faults and "dead" not in self.faults

    def small(self):
        """The same, for a look that it works."""
        return dataclasses.replace(self, devices=min(self.devices, 20), seconds=0,
                                   interfaces=min(self.interfaces, 48))


NO_PAUSE = (("sonde, no pause", {"interval": 0}),)

WORKLOADS = (
    Workload("get", "GET of ten counters", "get10", 1000, floor=True, peers=True),
    Workload("get-10k", "the same, 10,000 a second", "get10", 10000, interval=1, floor=True,
             beside=NO_PAUSE, seconds=4),
    Workload("get-50k", "the same, 50,000 a second", "get10", 50000, interval=1, floor=True,
             beside=NO_PAUSE, seconds=4),
    Workload("walk", "walk of ifTable and ifXTable, 48 interfaces", "walk", 200, floor=True,
             peers=True),
    Workload("walk-v3", "the same by SNMPv3, SHA-1 and AES-128", "walk", 200, version="3",
             beside=(("sonde, v2c", {"version": "2c"}),), peers=True),
    Workload("engines", "GET of ten counters by SNMPv3, 100 at a time", "get10", 10000,
             version="3", poll="in_flight: 100",
             beside=(("sonde, 100 engines", {"devices": 100}),), seconds=6),
    Workload("big", "walk of one device of 20,000 interfaces", "one_big", 1, interfaces=20000,
             window=1024, peers=True, peer_window=20),
    Workload("big-50ms", "the same, 50 ms away", "one_big", 1, interfaces=20000, window=1024,
             faults="delay=50ms", seconds=330, long=True),
    Workload("dead-0", "GET of ten counters, 10,000 a second", "get10", 10000, interval=1,
             seconds=8),
    Workload("dead-5", "the same, 5 % of the devices dead", "get10", 10000, interval=1,
             faults="dead=5%", seconds=8),
    Workload("dead-30", "the same, 30 % of the devices dead", "get10", 10000, interval=1,
             faults="dead=30%", seconds=8),
    Workload("loss", "walk, 1 % of the answers lost", "walk", 200, faults="loss=1%", peers=True),
    Workload("get-50ms", "GET of ten counters, 50 ms away", "get10", 5000, faults="delay=50ms",
             floor=True, peers=True, peer_window=1000),
    Workload("get-250ms", "the same 250 ms away, 50,000 under way", "get10", 50000,
             faults="delay=250ms", poll="in_flight: 50000", seconds=6),
    Workload("walk-50ms", "walk, 50 ms away", "walk", 1000, faults="delay=50ms", peers=True,
             peer_window=1000, seconds=4),
)
QUICK = ("get", "walk")


def module():
    """get10 as sonde and snmp_exporter read it."""
    return ("  get10:\n    get:\n"
            + "".join(f"      - {oid}\n" for _, oid, _ in COUNTERS) + "    metrics:\n"
            + "".join(f"      - {{name: {name}, oid: {oid}, type: {kind}, help: {name}}}\n"
                      for name, oid, kind in COUNTERS))


class Devices:
    """The devices of a workload; look to the slices as a scene does."""

    def __init__(self, lab, workload):
        cpus = sorted(os.sched_getaffinity(0))
        self.collector_cpu, self.agent_cpu = cpus[0], cpus[-1]
        self.lab, self.workload = lab, workload
        self.varbinds = workload.rows * workload.row
        args = ["--fault", workload.faults] if workload.faults else []
        if workload.version == "3":
            args += ["--user", versions.account(USER, "SHA", "AES")]
        self.simulation = lab.simulate(
            "--devices", str(workload.devices), "--listen", f"{FIRST}/8:0", "--threads", "1",
            "--interfaces", str(workload.interfaces), "--max-message", str(FRAME),
            "--community", COMMUNITY, *args)
        self.port, self.pid = self.simulation.ports[0], self.simulation.process.pid
        pin(self.pid, self.agent_cpu)

    @property
    def targets(self):
        """All of them."""
        return [f"{a}:{self.port}" for a in versions.addresses(self.workload.devices)]

    def agent_cpu_seconds(self):
        """CPU the devices have used so far."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def configure(self, name, w, targets=None, output=None):
        """A configuration of sonde for a workload, which may be another than the devices' own."""
        names = ", ".join(f'"{t}"' for t in targets or self.targets[:w.devices])
        entry = versions.auth(USER, "authPriv", "SHA", "AES") if w.version == "3" else \
            f"{{version: 2, community: {COMMUNITY}}}"
        return self.lab.write(f"{name}.yaml", (
            f"poll: {{interval: {round(w.interval * 1000)}ms, timeout: {w.timeout}, retries: 3, "
            f"window: {w.window}{', ' + w.poll if w.poll else ''}}}\n"
            f"auths: {{bench: {entry}}}\nmodule_files: [{SOURCE}/config/modules/if_mib.yml]\n"
            f"modules:\n{module()}"
            f"targets:\n  - static: [{{targets: [{names}], labels: {{__param_module: "
            f"{'get10' if w.kind == 'get10' else 'if_mib'}}}}}]\n"
            "output:\n" + (output or "  - file: {path: /dev/null, format: influx, "
                                     "rounds: false}\n")))

    def close(self):
        """Ends them."""
        self.simulation.process.kill()
        self.simulation.process.wait()
