#!/usr/bin/env python3
"""snmp_exporter and sonde scrape agents that cannot or will not say everything: a value that is
larger than the agent's messages, a column that it does not answer for in time. Both serve what the
agent gave; the series are equal where the exporter's walk ends where sonde's column does."""
# ctest: timeout=300
import json

import _exporter
import _lab
from _exporter import Exporter, Sonde, differences, parse
from _lab import check
from exporter_same_series import OWN, WHOLE, new_enough

ENTRY = "1.3.6.1.4.1.99999.1.1"
LARGE = "4c" * 3000

# A table: a column that is slow, in front so that no other's walk runs into it, three of which the
# second has a value that no message holds, one that has nothing else; scalars.
RECORDING = "".join(f"{line}\n" for line in (
    "1.3.6.1.2.1.1.1.0|4|a device", "1.3.6.1.2.1.1.3.0|67|12345", "1.3.6.1.2.1.1.5.0|4|name",
    *(f"{ENTRY}.1.{row}|2:delay|value={row % 2},wait=20000" for row in range(1, 7)),
    *(f"{ENTRY}.2.{row}|2|{row % 2}" for row in range(1, 7)),
    f"{ENTRY}.3.1|4|small", f"{ENTRY}.3.2|4x|{LARGE}", f"{ENTRY}.3.3|4|behind it",
    *(f"{ENTRY}.4.{row}|65|{row * 100}" for row in range(1, 7)),
    f"{ENTRY}.5.1|4x|{LARGE}", f"{ENTRY}.6.0|2|7"))

METRICS = """    metrics:
      - name: small
        oid: ENTRY.2
        type: gauge
        help: h
        indexes: &i [{labelname: row, type: gauge}]
      - {name: text, oid: ENTRY.3, type: DisplayString, help: h, indexes: *i}
      - {name: number, oid: ENTRY.4, type: counter, help: h, indexes: *i}
      - {name: slow, oid: ENTRY.1, type: gauge, help: h, indexes: *i}
      - {name: large, oid: ENTRY.5, type: DisplayString, help: h, indexes: *i}
"""
MODULES = "modules:\n" + "".join(
    f"  {name}:\n    timeout: 400ms\n    retries: 1\n{keys}{METRICS}" for name, keys in {
        "columns": "    walk: [ENTRY.2, ENTRY.3, ENTRY.4]\n",
        "only_large": "    walk: [ENTRY.5]\n",
        "got": "    get: [ENTRY.4.1, ENTRY.4.2]\n    walk: [ENTRY.5]\n",
        "filtered": "    walk: [ENTRY.2, ENTRY.4]\n    filters:\n      - {oid: ENTRY.2, "
                    "targets: [ENTRY.4], values: ['1']}\n",
        # what follows is of a filter that cannot be read
        "unfiltered": "    walk: [ENTRY.4]\n    filters:\n      - {oid: ENTRY.1, "
                      "targets: [ENTRY.4, ENTRY.2], values: ['1']}\n",
        "unfiltered_got": "    get: [ENTRY.4.5, ENTRY.2.2]\n    filters:\n      - {oid: ENTRY.1, "
                          "targets: [ENTRY.4, ENTRY.2], values: ['1']}\n",
        "unfiltered_twice": "    walk: [ENTRY.4]\n    get: [ENTRY.4.2]\n    filters:\n"
                            "      - {oid: ENTRY.1, targets: [ENTRY.4], values: ['1']}\n"
                            "      - {oid: ENTRY.2, targets: [ENTRY.4], values: ['1']}\n",
    }.items()).replace("ENTRY", ENTRY)

# What the exporter must find, by module: without it the comparison would say nothing.
SERIES = {"columns": {"small": 6, "text": 1, "number": 6}, "only_large": {},
          "got": {"number": 2}, "filtered": {"small": 6, "number": 3},
          "unfiltered": {"number": 6}, "unfiltered_got": {"small": 1, "number": 1},
          "unfiltered_twice": {"number": 3}}


def are_served_what_they_have(lab):
    """Each module, twice: the second scrape is of a device that is known."""
    program = new_enough((0, 26))
    path = lab.write("modules.yml", MODULES)
    lab.write("device.snmprec", RECORDING)
    simulation = lab.simulate("--data", lab.path("device.snmprec"), "--devices", "1", "--listen",
                              "127.1.0.1/16:0", "--community", _lab.SECRET, "--user",
                              _exporter.USER, "--max-message", "1472", "--targets",
                              lab.path("targets.json"))
    check(simulation.process.poll() is None, "no simulation")
    target = json.loads(lab.read(lab.path("targets.json")))[0]["targets"][0]
    exporter = Exporter(lab, program, path, _exporter.read_modules(path))
    sonde = Sonde(lab, path)
    for name, expected in SERIES.items():
        status, text, _ = exporter.scrape(target, name)
        check(status == 200, f"{name}: {exporter.name} answers {status}: {text[:300]}")
        theirs = parse(text)
        found = {n: len(f.samples) for n, f in theirs.items() if n not in OWN}
        check(found == expected, f"{name}: {exporter.name} has {found}, not {expected}")
        for _ in range(3):
            status, text, _ = sonde.scrape(target, name)
            check(status == 200, f"{name}: sonde answers {status}: {text[:300]}")
            ours = parse(text)
            wrong = [d for d in differences(theirs, ours) if d.metric not in OWN + WHOLE]
            check(not wrong, f"{name}: {wrong[:5]}")
            whole = set(ours["sonde_scrape_complete"].samples.values()) == {1.0}
            check(whole == (name == "filtered"), f"{name}: complete is {whole}")


if __name__ == "__main__":
    _lab.main(are_served_what_they_have)
