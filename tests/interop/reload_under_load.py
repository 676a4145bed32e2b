#!/usr/bin/env python3
"""100,000 simulated devices polled while their target file changes: no round of a target that stays is
lost, late by more than an interval or learns anew, and a broken file changes nothing at all."""
# ctest: timeout=180 serial
import json
import os
import signal
import time

import _lab
from _lab import check, wait_until

TARGETS = 100_000 if _lab.FACTOR == 1 else 2_000
GROUP = TARGETS // 1000
INTERVAL = 10
# Little a round: what is under test is who is polled and when. A device that is known takes fewer
# requests than one that is new.
CONFIG = f"""poll: {{interval: {INTERVAL}s, timeout: 2s, retries: 2}}
auths: {{lab: {{community: {_lab.SECRET}}}}}
modules:
  alive:
    get: [1.3.6.1.2.1.1.3.0]
    walk: [1.3.6.1.2.1.2.2.1.8]
    metrics:
      - {{name: sysUpTime, oid: 1.3.6.1.2.1.1.3, type: gauge}}
      - {{name: ifOperStatus, oid: 1.3.6.1.2.1.2.2.1.8, type: gauge,
         indexes: [{{labelname: ifIndex, type: gauge}}]}}
targets:
  - file_sd: {{files: [targets.json], refresh_interval: 1h}}
output:
  - file: {{path: rounds.json, format: json, rows: false}}
"""


class Fleet:
    """The devices, in a thousand groups, and sonde polling them."""

    def __init__(self, lab):
        self.lab = lab
        self.devices = lab.simulate("-n", str(TARGETS), "--listen", "127.64.0.0/10:0",
                                    "--interfaces", "2", "--community", _lab.SECRET,
                                    "--targets", lab.path("all.json"))
        with open(lab.path("all.json"), encoding="utf-8") as f:
            names = [t for group in json.load(f) for t in group["targets"]]
        check(len(names) == TARGETS, f"{len(names)} devices")
        self.groups = [{"targets": names[i:i + GROUP],
                        "labels": {"rack": f"r{i // GROUP}"}}
                       for i in range(0, TARGETS, GROUP)]
        self.run = None
        self.read, self.counted = 0, 0  # octets and lines of the records, by records()

    def text(self, groups):
        """As a target file, a group a line."""
        return "[\n" + ",\n".join(json.dumps(g) for g in groups) + "\n]\n"

    def start(self, groups):
        """sonde, all of these polled once."""
        self.lab.write("targets.json", self.text(groups))
        self.lab.write("sonde.yaml", CONFIG)
        self.run = self.lab.start()
        return self.run

    def rounds(self):
        """Round records so far, by target, in their order."""
        found = {}
        with open(self.lab.path("rounds.json"), encoding="utf-8") as f:
            for line in f:
                if line.endswith("\n"):
                    record = json.loads(line)
                    found.setdefault(record["instance"], []).append(record)
        return found

    def records(self):
        """Round records so far. Only what is new is read: the file becomes large."""
        if os.path.exists(self.lab.path("rounds.json")):
            with open(self.lab.path("rounds.json"), "rb") as f:
                f.seek(self.read)
                for block in iter(lambda: f.read(1 << 20), b""):
                    self.read += len(block)
                    self.counted += block.count(b"\n")
        return self.counted

    def wait_for_rounds(self, n):
        """Waits for n more round records."""
        wanted = self.records() + n
        wait_until(lambda: time.sleep(0.2) or self.records() >= wanted, 60, f"{n} rounds")


def check_undisturbed(found, names, ended, same=True):
    """Every round of these targets was there and in time; and, where nothing of a target changed,
    what the first round had taught was known in all others."""
    for name in names:
        mine = found.get(name, [])
        check(mine, f"{name} was never polled")
        for r in mine:
            o = r["round"]
            check(o["status"] == "ok" and o["skipped"] == 0, f"{name}: {o}")
            check(o["lateness_ms"] <= INTERVAL * 1000, f"{name} was late: {o}")
            check(not r["reset"], f"{name}: a reset without one")
        times = [r["ts"] for r in mine] + [ended]
        gaps = [b - a for a, b in zip(times, times[1:])]
        check(max(gaps) <= 2 * INTERVAL * 1000, f"{name}: {gaps} ms between rounds")
        asked = [r["round"]["requests"] for r in mine]
        check(not same or all(n < asked[0] for n in asked[1:]),
              f"{name} learned anew: {asked} requests")


def loses_no_round(lab):
    """A hundredth changes, then the file and then sonde.yaml are broken."""
    fleet = Fleet(lab)
    staying, relabelled = fleet.groups[:990], fleet.groups[990:994]
    leaving, coming = fleet.groups[994:997], fleet.groups[997:]
    run = fleet.start(staying + relabelled + leaving)
    # Second rounds are under way when the file changes.
    fleet.wait_for_rounds(TARGETS * 5 // 4)
    for group in relabelled:
        group["labels"]["site"] = "new"
    lab.write("targets.json", fleet.text(staying + relabelled + coming))
    changed = time.time() * 1000
    fleet.wait_for_rounds(TARGETS * 5 // 4)
    # A fault in the middle of the file, far from its beginning.
    broken = fleet.text(staying + leaving).splitlines(keepends=True)
    broken[600] = broken[600].replace('"labels":', '"lables":')
    lab.write("targets.json", "".join(broken))
    column = broken[600].index('"lables"') + 1
    told = f'targets.json:601:{column}: [599]: unknown key "lables" (did you mean "labels"?)'
    run.until_said(told, 20)
    run.until_said("targets.json: warning: its targets stay as they were")
    good = lab.read(lab.path("sonde.yaml"))
    lab.write("sonde.yaml", good.replace("timeout: 2s", "timeout: soon"))
    run.signal(signal.SIGHUP)
    run.until_said("sonde.yaml:1:")
    run.until_said("configuration not reloaded; going on with the old one")
    fleet.wait_for_rounds(TARGETS)
    ended = time.time() * 1000
    run.signal(signal.SIGTERM)
    check(run.wait(30) == 0, f"status {run.process.returncode}")
    found = fleet.rounds()
    names = {what: [t for g in groups for t in g["targets"]]
             for what, groups in (("staying", staying), ("relabelled", relabelled),
                                  ("leaving", leaving), ("coming", coming))}
    check_undisturbed(found, names["staying"], ended)
    check_undisturbed(found, names["relabelled"], ended, same=False)
    # Rounds under way may end; the reload may take a while.
    late = changed + INTERVAL * 1000
    for name in names["leaving"]:
        check(all(r["ts"] < late for r in found.get(name, [])), f"{name} is polled on")
    for name in names["coming"]:
        check(name in found and min(r["ts"] for r in found[name]) > changed,
              f"{name} was not taken up")


_lab.main(loses_no_round)
