"""What answering costs: GETs of ten counters against sonde simulate, Net-SNMP's snmpd and snmpsim,
all asked by sonde load. CPU is that of the agent."""
import json
import os
import random
import shutil
import statistics
import subprocess

from .collectors import SONDE
from .scene import pin, _lab
from .slices import SEED

import _lab_v3  # found beside _lab

COLUMNS = (10, 11, 13, 14, 16, 17, 19, 20, 21, 9)  # of ifTable
NAMES = [f"1.3.6.1.2.1.2.2.1.{column}.1" for column in COLUMNS]
IN_FLIGHT = {"snmpsim": 4}  # it drops what it cannot take
BASE = "snmpd"


def recording():
    """The same ten objects for snmpsim, in their order, and the system group's first."""
    lines = ["1.3.6.1.2.1.1.1.0|4|benchmark\n", "1.3.6.1.2.1.1.3.0|67|123456\n"]
    return "".join(lines + [f"1.3.6.1.2.1.2.2.1.{column}.1|65|{column * 1000}\n"
                            for column in sorted(COLUMNS)])


class Case:
    """An agent and how it is asked."""

    def __init__(self, name, pid, target, community):
        self.name, self.pid, self.target, self.community = name, pid, target, community

    def cpu(self):
        """CPU seconds it has used so far."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def run(self, seconds, cpu):
        """us of its CPU for an answer, and answers a second."""
        before = self.cpu()
        done = subprocess.run(
            ["taskset", "-c", str(cpu), SONDE, "load", "-q", "--json", "-c", self.community,
             "--in-flight", str(IN_FLIGHT.get(self.name, 64)), "--max-rate", "10000000",
             "--duration", f"{round(seconds * 1000)}ms", "--timeout", "2s",
             "--get", ",".join(NAMES), self.target],
            capture_output=True, text=True, timeout=60 + seconds, check=True)
        result = json.loads(done.stdout)
        answers = result["answers"]
        if not answers or result["exceptions"]:
            raise RuntimeError(f"{self.name}: {answers} answers, {result['exceptions']} exceptions")
        return (self.cpu() - before) * 1e6 / answers, answers / result["seconds"]


def cases(scene):
    """Those that are installed."""
    lab = scene.lab
    sonde = lab.simulate("--community", _lab.SECRET, "--listen", "127.0.0.1:0", "--threads", "1")
    found = [Case("sonde simulate", sonde.process.pid, sonde.peer(), _lab.SECRET),
             Case(BASE, scene.agent.process.pid, scene.agent.target("127.0.0.1"), _lab.SECRET)]
    if shutil.which("snmpsimd", path=_lab.TOOLS_PATH):
        agent = _lab_v3.Simulator(lab, [], recording())
        found.append(Case("snmpsim", agent.process.pid, agent.target("127.0.0.1"), _lab.SECRET))
    for case in found:
        pin(case.pid, scene.agent_cpu)
    return found


def compare(scene, opt):
    """Medians of all rounds: us of CPU for a GET, answers a second, ratio of snmpd's cost to it."""
    rng = random.Random(SEED)
    found = cases(scene)
    made = {case.name: [] for case in found}
    for _ in range(opt.rounds):
        order = list(found)
        rng.shuffle(order)
        for case in order:
            made[case.name].append(case.run(opt.seconds, scene.collector_cpu))
    return {name: {"us_per_get": statistics.median(us for us, _ in runs),
                   "gets_per_second": statistics.median(rate for _, rate in runs),
                   "times_cheaper_than_snmpd": statistics.median(
                       base / us for (base, _), (us, _) in zip(made[BASE], runs))}
            for name, runs in made.items()}


def print_table(result):
    """For people."""
    print(f"\nGETs of {len(NAMES)} counters, asked by sonde load; CPU is the agent's.\n")
    print(f"{'agent':<20} {'us/GET':>8} {'GETs/s':>9} {'times cheaper than snmpd':>26}")
    for name, case in result.items():
        print(f"{name:<20} {case['us_per_get']:>8.2f} {case['gets_per_second']:>9.0f} "
              f"{case['times_cheaper_than_snmpd']:>26.2f}")
