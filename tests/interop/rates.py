#!/usr/bin/env python3
"""poll.rates through the whole program: every rate is what the counters and the times of the rows
around it say, in each format; replies of /snmp have none."""
# ctest: timeout=120
import signal
import urllib.request

import _lab
from _lab import SECRET, SOURCE, check, rows, wait_until

# Time stamps of JSON are whole milliseconds, intervals a second.
TOLERANCE = 0.005


def configure(lab, sim, rates, output):
    """One device, a round a second."""
    listen = _lab.free_port(["127.0.0.1"])
    lab.write("sonde.yaml",
              f"poll: {{interval: 1s, timeout: 1s, retries: 1, rates: {rates}}}\n"
              f"auths: {{public_v2: {{version: 2, community: {SECRET}}}}}\n"
              f"module_files: [{SOURCE}/config/modules/if_mib.yml]\n"
              f"targets:\n  - static: [{{targets: [\"127.0.0.1:{sim.ports[0]}\"]}}]\n"
              f"output:\n{output}listen: 127.0.0.1:{listen}\n")
    return listen


def device(lab):
    """A device with counters that move."""
    return lab.simulate("--devices", "1", "--listen", "127.0.0.1:0", "--community", SECRET,
                        "--seed", "5")


def ended(run):
    """In order."""
    run.signal(signal.SIGTERM)
    check(run.wait(10) == 0, f"status {run.process.returncode}")


def follow_from_the_counters(lab):
    """The growth of each counter since the row before, by the rows' own times."""
    sim = device(lab)
    port = configure(lab, sim, "true", "  - stdout: {format: json}\n")
    run = lab.start()
    run.until_rounds(5)
    page = f"http://127.0.0.1:{port}/snmp?target=127.0.0.1:{sim.ports[0]}"
    with urllib.request.urlopen(page, timeout=10) as reply:
        text = reply.read().decode()
    check("ifHCInOctets{" in text and "_rate" not in text, "rates in a reply of /snmp")
    ended(run)
    before, seen, moved = {}, 0, 0
    for row in (r for r in rows(run.records) if r["table"] == "if_mib_ifIndex"):
        was, values = before.get(row["index"]), row["values"]
        names = [n for n in values if n.endswith("_rate")]
        check(bool(names) == (was is not None), f"rates {names} in row {row['index']}, {was}")
        for name in names:
            grown = values[name[:-5]] - was["values"][name[:-5]]
            seconds = (row["ts"] - was["ts"]) / 1000
            rate = grown / seconds
            check(grown < 0 or abs(values[name] - rate) <= TOLERANCE * rate + 1e-6,
                  f"{name} is {values[name]}, not {rate}: {row} after {was}")
            seen += 1
            moved += grown > 0
        before[row["index"]] = row
    check(seen > 1000 and moved > 500, f"{seen} rates, {moved} of counters that moved")


def are_in_every_format(lab):
    """As one more number of a row, or one more series."""
    sim = device(lab)
    wanted = {"influx": r"if_mib_ifIndex,\S* .*ifHCInOctets_rate=[0-9.e+]+[, ]",
              "prometheus": r"ifHCInOctets_rate\{[^}]*\} [0-9.e+]+ \d+"}
    for form, line in wanted.items():
        configure(lab, sim, "true", f"  - stdout: {{format: {form}}}\n")
        run = lab.start()
        wait_until(lambda run=run: "ifHCInOctets_rate" in run.out, 15, f"rates in {form}")
        ended(run)
        check(_lab.re.search(line, run.out), run.out[-2000:])


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
    wait_until(lambda: "ifHCInOctets_rate" in run.out, 15, "rates after a reload")
    ended(run)


_lab.main(follow_from_the_counters, are_in_every_format, are_not_there_unless_they_are_wanted)
