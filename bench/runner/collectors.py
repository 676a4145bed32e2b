"""The collectors under test, each doing the same work: walks of ifTable and ifXTable of the agent,
output to /dev/null."""
import json
import os
import time

from . import scene as scenes
from .scene import SOURCE, TABLES, _lab
from .slices import Slice, Wrong, run_process

SONDE = os.environ.get("SONDE_BIN") or f"{SOURCE}/build/release/sonde"
PAIR = 2  # datagrams of one request and its answer


class Sonde:
    """sonde poll, round after round with one worker: influx lines to /dev/null, round records
    kept."""

    def __init__(self, scene, name, addresses, window):
        """window: requests under way to each address; the agent's socket holds some 250 in all."""
        self.scene, self.name, self.addresses = scene, name, addresses
        self.folder = scene.lab.path(name.replace(" ", "-").replace(",", ""))
        os.mkdir(self.folder)
        self.config = f"{self.folder}/sonde.yaml"
        scene.lab.config([scene.agent.target(a) for a in addresses],
                         poll=f"interval: 0s, timeout: 5s, retries: 3, window: {window}",
                         modules="if_mib", name=self.config, output=(
                             "  - file: {path: /dev/null, format: influx, rounds: false}\n"
                             "  - stdout: {format: json, rows: false}\n"))

    def _poll(self, *args):
        """One run on the collector's CPU: status, resource usage, round and row records."""
        status, usage = run_process(
            [SONDE, "poll", "-c", self.config, "--threads", "1", *args], dict(os.environ),
            self.scene.collector_cpu, f"{self.folder}/out", f"{self.folder}/err")
        if status != 0:
            raise Wrong(f"{self.name}: status {status}: {_lab.Lab.read(f'{self.folder}/err')}")
        return usage, _lab.records(_lab.Lab.read(f"{self.folder}/out"))

    def check_work(self):
        """The rows of one target hold as many values as snmpbulkwalk prints."""
        first = self.scene.agent.target(self.addresses[0])
        _, found = self._poll("--once", "--target", first, "--output", "stdout",
                              "--format", "json")
        values = sum(len(r["values"]) for r in found
                     if r.get("table") == "if_mib_ifIndex" and "values" in r)
        if values != self.scene.varbinds:
            raise Wrong(f"{self.name}: {values} values, snmpbulkwalk prints "
                        f"{self.scene.varbinds}")

    def run(self, s, seconds):
        """One slice."""
        before = scenes.delivered()
        usage, found = self._poll("--duration", f"{round(seconds * 1000)}ms", "--quiet")
        datagrams = scenes.delivered() - before
        s.add(usage)
        for record in found:
            r = record["round"]
            if r["status"] != "ok":
                raise Wrong(f"{self.name}: a round that is {json.dumps(r)}")
            s.walks += 1
            s.requests += r["requests"] + r["retries"]
            s.received += r["varbinds"]
        if self.scene.own_network and abs(datagrams - PAIR * s.requests) > 0.01 * datagrams:
            raise Wrong(f"{self.name}: {s.requests} requests told, {datagrams} datagrams seen")


class Bulkwalk:
    """snmpbulkwalk, a process for each table, no MIB files, numeric and short output."""

    def __init__(self, scene, name, repetitions, oids=TABLES):
        self.scene, self.name = scene, name
        self.commands = [
            [_lab.tool("snmpbulkwalk"), "-v2c", "-c", _lab.SECRET, "-On", "-Oq",
             f"-Cr{repetitions}", scene.agent.target(scenes.ONE), oid] for oid in oids]

    def run(self, s, seconds):
        """One slice: whole walks until the time is over."""
        end = time.monotonic() + seconds
        before = scenes.delivered()
        while time.monotonic() < end or s.walks == 0:
            for command in self.commands:
                status, usage = run_process(command, self.scene.agent.env,
                                            self.scene.collector_cpu, "/dev/null", "/dev/null")
                if status != 0:
                    raise Wrong(f"{self.name}: status {status}")
                s.add(usage)
            s.walks += 1
        if self.scene.own_network:
            s.requests = (scenes.delivered() - before) // PAIR


def best_repetitions(scene, choices, seconds):
    """The max-repetitions at which a walk costs snmpbulkwalk the least CPU, and all of them."""
    costs = {}
    for repetitions in choices:
        s = Slice()
        Bulkwalk(scene, "calibration", repetitions).run(s, seconds)
        costs[repetitions] = (s.user + s.system) * 1e6 / s.walks
    return min(costs, key=costs.get), costs
