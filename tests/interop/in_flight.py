#!/usr/bin/env python3
"""Many requests under way at once to devices far away: nothing is lost at the poller's sockets, next
to nothing at those of the simulation, and no round suffers. With --full (or SONDE_FULL=1) 50,000 of them, for about half a minute."""
# ctest: timeout=180
import os
import re
import signal
import sys
import time

import _lab
from _lab import check, wait_until

FULL = "--full" in sys.argv or os.environ.get("SONDE_FULL") == "1"
UNDER_WAY, DEVICES, DELAY_MS = (50000, 100000, 2000) if FULL else (3000, 12000, 250)
MODULE = """
modules:
  system:
    get: [1.3.6.1.2.1.1.3.0, 1.3.6.1.2.1.1.5.0]
    metrics:
      - {name: sysUpTime, oid: 1.3.6.1.2.1.1.3, type: gauge}
      - {name: sysName, oid: 1.3.6.1.2.1.1.5, type: DisplayString}
"""


def simulate(lab, devices, *args):
    """Made-up devices with the lab's community, and the file of their addresses."""
    sim = lab.simulate("--community", _lab.SECRET, "-n", str(devices), "--threads", "1",
                       "--listen", "127.64.0.1/10:0", "--targets", lab.path("targets.json"),
                       "--metrics", lab.path("sim.prom"), *args)
    wait_until(lambda: lab.read(lab.path("targets.json")), 10, "the addresses")
    return sim


def configure(lab, poll):
    """One worker, output to nowhere."""
    lab.write("sonde.yaml", f"poll: {{threads: 1, {poll}}}\n"
              f"auths: {{public_v2: {{version: 2, community: {_lab.SECRET}}}}}\n{MODULE}"
              f"targets:\n  - file_sd: {{files: [{lab.path('targets.json')}]}}\n"
              "output:\n  - file: {path: /dev/null, format: influx}\n")


def gauge(text, name):
    """The last value of a counter in what the program printed, 0 when it is not there."""
    found = re.findall(rf"^  {name} +(\d+)  ", text, re.M)
    return int(found[-1]) if found else 0


def losses(lab, run, sim, sent):
    """Datagrams that the simulation's socket dropped. The poller's lost none; the simulation, which
    has all devices behind one receive buffer, loses some when it gets no CPU for a while, but not
    because it is sent more than comes back."""
    check(gauge(run.err, "rx_socket_drops_total") == 0, run.err)
    sim.end()
    dropped = int(re.search(r"^sonde_rx_socket_drops_total (\d+)$", lab.read(lab.path("sim.prom")),
                            re.M).group(1))
    check(dropped <= sent / 20, f"the simulation's socket dropped {dropped} of {sent}")
    return dropped


def keeps_as_many_under_way_as_it_may(lab):
    """Devices that take their time; the number under way, asked by SIGUSR1, comes to in_flight."""
    _lab.not_with_sanitizers()
    sim = simulate(lab, DEVICES, "--fault", f"delay={DELAY_MS}ms")
    configure(lab, f"interval: 0s, timeout: 8s, retries: 3, in_flight: {UNDER_WAY}")
    run = lab.start("--duration", "35s" if FULL else "4s")
    most = 0
    while run.process.poll() is None:
        time.sleep(0.2)
        run.signal(signal.SIGUSR1)
        most = max(most, gauge(run.err, "in_flight"))
    check(run.wait(60) == 0, run.err[-2000:])
    summary = run.err[run.err.rindex(" targets, "):]
    check(" 0 partial, 0 failed, " in summary, summary)
    check(most >= UNDER_WAY * 0.9, f"{most} under way at most")
    requests = int(re.search(r"(\d+) requests, ", summary).group(1))
    dropped = losses(lab, run, sim, requests)
    print(f"in_flight: {most} under way, {requests} requests, {DELAY_MS} ms away; {dropped} dropped "
          "at the simulation's socket, none at the poller's")


def polls_a_fleet_at_once_without_flooding_it(lab):
    """All rounds are due at the same moment; all devices are behind one receive buffer, which would
    hold but a part of what in_flight allows."""
    _lab.not_with_sanitizers()
    devices = 100000 if FULL else 20000
    sim = simulate(lab, devices)
    configure(lab, "timeout: 2s, retries: 3")
    run = lab.start("--once")
    check(run.wait(100) == 0, run.err)
    check(f"{devices} ok, 0 partial, 0 failed" in run.err, run.err)
    dropped = losses(lab, run, sim, devices)
    print(f"in_flight: {devices} devices at once; {dropped} dropped at the simulation's socket, none "
          "at the poller's")


if __name__ == "__main__":
    _lab.main(keeps_as_many_under_way_as_it_may, polls_a_fleet_at_once_without_flooding_it)
