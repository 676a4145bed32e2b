"""What the collectors work on: one real snmpd with many interfaces, in a network of its own where
nothing else sends a datagram. Uses the tests' own means to start agents and to make networks."""
import os
import re
import subprocess
import sys

SOURCE = os.environ.get("SONDE_SOURCE_DIR") or os.path.abspath(f"{__file__}/../../..")
sys.path.insert(0, f"{SOURCE}/tests/interop")
# The tests' helpers are found only now.
import _confine  # pylint: disable=wrong-import-position
import _lab  # pylint: disable=wrong-import-position

INTERFACES = 48
KINDS = ("dummy", "ifb", "bridge", "veth")  # what this kernel has is tried in this order
TABLES = ("1.3.6.1.2.1.2.2", "1.3.6.1.2.1.31.1.1")  # ifTable, ifXTable
NOTHING = "1.3.6.1.2.1.31.99"  # a subtree that no agent has
MANY = [f"127.0.1.{n}" for n in range(1, 101)]
ONE = "127.0.0.1"


def _add(kind, number):
    """One interface, which is never up; veth come in pairs."""
    command = ["ip", "link", "add", f"eth{number}", "type", kind]
    if kind == "veth":
        command += ["peer", "name", f"peer{number}"]
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          check=False).returncode == 0


def _add_interfaces():
    """Interfaces up to INTERFACES with the loopback; how many there are then, and of what kind."""
    kind = next((k for k in KINDS if _add(k, 1)), None)
    if kind:
        for number in range(2, INTERFACES // (2 if kind == "veth" else 1)):
            _add(kind, number)
    return kind


def pin(pid, cpu):
    """All threads of a process to one processor; a process's own affinity is that of its first."""
    for task in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(task), {cpu})


def _counter(name):
    """A counter of UDP of this network namespace."""
    with open("/proc/net/snmp", encoding="ascii") as f:
        head, values = [line.split() for line in f if line.startswith("Udp:")]
    return int(values[head.index(name)])


def delivered():
    """Datagrams delivered to any socket of this network, requests and answers alike."""
    return _counter("InDatagrams")


class Scene:
    """The agent and what is known about it."""

    def __init__(self):
        try:
            _confine.own_network()
            self.own_network = True
            self.kind = _add_interfaces()
        except _lab.Skip:
            self.own_network, self.kind = False, None
        self.lab = _lab.Lab()
        cpus = sorted(os.sched_getaffinity(0))
        self.collector_cpu, self.agent_cpu = cpus[0], cpus[-1]
        # On the host's own network nobody outside may see the agent.
        self.agent = self.lab.agent(["0.0.0.0"] if self.own_network else [ONE, *MANY])
        pin(self.agent.process.pid, self.agent_cpu)
        self.reference = [self._walk(table) for table in TABLES]
        self.varbinds = sum(self.reference)
        self.interfaces = self._interfaces()

    @staticmethod
    def _interfaces():
        """Interfaces of this network; /sys may still show those of the host."""
        with open("/proc/net/dev", encoding="ascii") as f:
            return len(re.findall(r"^\s*\S+:", f.read(), re.M))

    def _walk(self, oid):
        """How many varbinds a table of the agent has."""
        done = self.agent.ask("snmpbulkwalk", "2c", ONE, oid)
        if done.returncode != 0:
            raise RuntimeError(f"snmpbulkwalk {oid}: {done.stderr}")
        return sum(line.startswith(f".{oid}.") for line in done.stdout.splitlines())

    def agent_cpu_seconds(self):
        """CPU the agent has used so far."""
        with open(f"/proc/{self.agent.process.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def describe(self):
        """For the report."""
        return {"interfaces": self.interfaces, "kind": self.kind, "varbinds": self.varbinds,
                "own_network": self.own_network, "collector_cpu": self.collector_cpu,
                "agent_cpu": self.agent_cpu}

    def close(self):
        """Ends the agent and removes its files."""
        self.lab.close()
        subprocess.run(["rm", "-rf", self.lab.dir], check=False)
