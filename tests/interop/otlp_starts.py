#!/usr/bin/env python3
"""sonde poll writes OTLP of a device that starts anew every few seconds, as protoc reads it: the
start of its counters stays the same from round to round and moves when the device starts, and
values grow from one point of a start to the next."""
# ctest: timeout=120
import shutil
import struct

import _encoded
import _lab
from _lab import SECRET, check
from encoded_otlp import Message

EVERY_S = 4
SLACK_NS = 1500 * 10**6 * _lab.FACTOR


def bodies(path):
    """The bodies in a file."""
    with open(path, "rb") as f:
        while head := f.read(4):
            size, = struct.unpack(">I", head)
            body = f.read(size)
            check(len(body) == size, "the last body is cut")
            yield body


def series(messages):
    """The points of one counter, in order."""
    return [p for m in messages for p in m.points
            if p.metric == "ifHCInOctets" and p.attributes["ifIndex"] == "1"]


def a_start_stays_until_the_device_starts_anew(lab):
    """Three lives of a device, about."""
    sim = lab.simulate("--listen", "127.0.0.1:0", "--interfaces", "2", "--community", SECRET,
                       "--reboot-every", f"{EVERY_S}s")
    lab.write("sonde.yaml",
              "poll: {interval: 500ms, timeout: 1s, retries: 3}\n"
              f"auths: {{lab: {{version: 2, community: {SECRET}}}}}\n"
              f"module_files: [{_lab.SOURCE}/config/modules/if_mib.yml]\n"
              f"targets:\n  - static: [{{targets: ['127.0.0.1:{sim.ports[0]}'],"
              " labels: {__param_module: if_mib, __param_auth: lab, site: ams}}]\n"
              "output:\n  - file: {path: rows.otlp, format: otlp}\n")
    run = lab.start("--duration", f"{3 * EVERY_S}s")
    status = run.wait(3 * EVERY_S + 20)
    check(status == 0, f"status {status}")
    messages = [Message(b) for b in bodies(lab.path("rows.otlp"))]
    check(all(m.resource == {"snmp.target": f"127.0.0.1:{sim.ports[0]}", "site": "ams"}
              for m in messages), "resource")
    points = series(messages)
    check(len(points) >= 3, f"{len(points)} points")
    starts = list(dict.fromkeys(p.start for p in points))
    check(2 <= len(starts) <= 5, f"starts: {starts}")
    for a, b in zip(starts, starts[1:]):
        check(abs(b - a - EVERY_S * 10**9) < SLACK_NS, f"started at {a}, then at {b}")
    for a, b in zip(points, points[1:]):
        check(a.at < b.at, "times")
        check(a.start != b.start or a.value < b.value, f"{a.value}, then {b.value}")
    rounds = [p for m in messages for p in m.points if p.metric == "sonde.round.status"]
    check(rounds and {p.attributes["status"] for p in rounds} == {"ok"}, "rounds")


if not shutil.which("protoc"):
    _encoded.skip("protoc is not installed")
if __name__ == "__main__":
    _lab.main(a_start_stays_until_the_device_starts_anew)
