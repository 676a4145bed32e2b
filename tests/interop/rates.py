#!/usr/bin/env python3
"""poll.rates through the whole program: every rate is what the counters and the times of the rows
around it say, in each format; replies of /snmp have none."""
# ctest: timeout=120
import re
import signal
import urllib.request

import _lab
from _lab import SECRET, SOURCE, check, rows, wait_until

# Time stamps of JSON are whole milliseconds, intervals a second.
TOLERANCE = 0.005


def configure(lab, sim, rates, output):
    """One device, a round a second."""
    lab.write("sonde.yaml",
              f"poll: {{interval: 1s, timeout: 1s, retries: 1, rates: {rates}}}\n"
              f"auths: {{public_v2: {{version: 2, community: {SECRET}}}}}\n"
              f"module_files: [{SOURCE}/config/modules/if_mib.yml]\n"
              f"targets:\n  - static: [{{targets: [\"127.0.0.1:{sim.ports[0]}\"]}}]\n"
              f"output:\n{output}listen: 127.0.0.1:0\n")


def device(lab):
    """A device with counters that move."""
    return lab.simulate("--devices", "1", "--listen", "127.0.0.1:0", "--community", SECRET,
                        "--seed", "5")


def ended(run):
    """In order."""
    run.signal(signal.SIGTERM)
    check(run.wait(10) == 0, f"status {run.process.returncode}")


def growth(row, was, name):
    """Of a counter from row to row; a Counter32 may have wrapped."""
    grown = row["values"][name] - was["values"][name]
    return grown + 2 ** 32 if grown < 0 and "HC" not in name else grown


def expected(history, row, name):
    """The rates that are right: since the row before, and, of a Counter32 that had none there
    because it went round, since the one before that."""
    spans = [1]
    if "HC" not in name and len(history) > 1 and f"{name}_rate" not in history[-1]["values"]:
        spans.append(2)
    for span in spans:
        steps = [*history[-span:], row]
        grown = sum(growth(b, a, name) for a, b in zip(steps, steps[1:]))
        yield grown / ((row["ts"] - steps[0]["ts"]) / 1000)


def follow_from_the_counters(lab):
    """The growth of each counter since the row before, by the rows' own times."""
    sim = device(lab)
    configure(lab, sim, "true", "  - stdout: {format: json}\n")
    run = lab.start()
    run.until_rounds(6, seconds=30)
    port = re.search(r"listening on \S+ port (\d+)", run.err)[1]
    page = f"http://127.0.0.1:{port}/snmp?target=127.0.0.1:{sim.ports[0]}"
    with urllib.request.urlopen(page, timeout=10) as reply:
        text = reply.read().decode()
    check("ifHCInOctets{" in text and "_rate" not in text, "rates in a reply of /snmp")
    ended(run)
    before, seen, moved = {}, 0, 0
    for row in (r for r in rows(run.records) if r["table"] == "if_mib_ifIndex"):
        history, values = before.setdefault(row["index"], []), row["values"]
        names = [n for n in values if n.endswith("_rate")]
        check(history or not names, f"rates {names} in the first row {row['index']}")
        for name in names:
            right = list(expected(history, row, name[:-5]))
            check(any(abs(values[name] - rate) <= TOLERANCE * rate + 1e-6 for rate in right),
                  f"{name} is {values[name]}, not {right}: {row} after {history[-1]}")
            seen += 1
            moved += values[name] > 0
        history.append(row)
    # all but those of the first row, and of the second if the machine was busy meanwhile
    check(seen > 1000 and moved > 500, f"{seen} rates, {moved} of counters that moved")


def are_in_every_format(lab):
    """As one more number of a row, or one more series."""
    sim = device(lab)
    wanted = {"influx": r"if_mib_ifIndex,\S* .*ifHCInOctets_rate=[0-9.e+]+[, ]",
              "prometheus": r"ifHCInOctets_rate\{[^}]*\} [0-9.e+]+ \d+"}
    for form, line in wanted.items():
        configure(lab, sim, "true", f"  - stdout: {{format: {form}}}\n")
        run = lab.start()
        wait_until(lambda run=run: "ifHCInOctets_rate" in run.out, 30, f"rates in {form}")
        ended(run)
        check(re.search(line, run.out), run.out[-2000:])


def are_not_there_unless_they_are_wanted(lab):
    """The option is off by default, and a reload turns it on and off."""
    sim = device(lab)
    output = "  - stdout: {format: json}\n"
    configure(lab, sim, "false", output)
    run = lab.start()
    run.until_rounds(3)
    check("_rate" not in run.out, "rates although they are off")
    lab.write("sonde.yaml", lab.read(lab.path("sonde.yaml")).replace("rates: false",
                                                                     "rates: true"))
    run.signal(signal.SIGHUP)
    wait_until(lambda: "ifHCInOctets_rate" in run.out, 30, "rates after a reload")
    ended(run)


_lab.main(follow_from_the_counters, are_in_every_format, are_not_there_unless_they_are_wanted)
