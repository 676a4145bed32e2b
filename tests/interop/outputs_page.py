#!/usr/bin/env python3
"""/outputs of a collector whose brokers are away: what waits, what the spool had to drop and of which
targets, the same in /metrics and at the end of the run; the next one delivers what waited. Folders that
cannot be a spool end the start."""
# ctest: timeout=240
import json
import os
import re
import signal

import _lab
import _mock_kafka
import _pages
from _lab import check, wait_until

QUICK = "linger.ms: 20, retry.backoff.ms: 20, reconnect.backoff.ms: 20, reconnect.backoff.max.ms: 200"
DEVICES = 60
SPOOL = re.compile(r"    spool +(\d+) messages waiting \((\d+) bytes on disk\) with (\d+) rows, "
                   r"(\d+) round records of this run; (\d+) spooled, (\d+) of earlier runs delivered; "
                   r"(\d+) messages lost with (\d+) rows")


def configured(lab, brokers, targets, spool="path: spool, max_bytes: 16MiB", interval="500ms"):
    """A page, and a spool of the least size."""
    path = lab.config(targets, poll=f"interval: {interval}, timeout: 1s", output=(
        f"  - kafka: {{brokers: \"{brokers}\", topic: rows, status_topic: status, "
        f"properties: {{{QUICK}}}, buffer_bytes: 4MiB, spool: {{{spool}}}}}\n"))
    lab.write("sonde.yaml", "listen: 127.0.0.1:0\n" + lab.read(path))


def output_of(collector, query="&limit=10000"):
    """The only output."""
    found = json.loads(collector.get(f"/outputs?format=json{query}"))["outputs"]
    check(len(found) == 1, f"{found}")
    return found[0]


def metrics(collector):
    """{series without its output and sink: value} of the spool."""
    return {name: float(value) for name, value in re.findall(
        r'(?m)^(sonde_spool_\w+)\{output="0",sink="kafka rows"\} (\S+)$', collector.get("/metrics"))}


def consistent(collector):
    """The output at a moment at which nothing is just being dropped: the figures of a page are read one
    after the other, so they need not be of one moment while rows are on their way. None: not yet."""
    out = output_of(collector)
    rows, lost = out["rows"], out["spool"]["lost"]["full"]["rows"]
    told = sum(x["rows"] for x in out["losses"]["largest"])
    whole = rows["encoded"] == rows["written"] + rows["in_flight"] + rows["in_spool"] + rows["lost"]
    return out if told == lost == rows["lost"] > 0 and whole else None


def tells_what_waits_and_what_was_lost(lab):
    """A full spool drops the oldest: targets by what they lost, as many as were asked for."""
    mock = _mock_kafka.Mock(lab)
    mock.down()
    sim = lab.simulate("--community", _lab.SECRET, "--interfaces", "48", "--devices", str(DEVICES),
                       "--listen", "127.9.0.1/24:0")
    targets = [f"127.9.0.{i}:{sim.ports[0]}" for i in range(1, DEVICES + 1)]
    configured(lab, mock.brokers, targets)
    run = lab.start()
    collector = _pages.Collector(run)
    wait_until(lambda: output_of(collector)["losses"]["targets"] == DEVICES, 90, "losses")
    found = []
    wait_until(lambda: found.append(consistent(collector)) or found[-1], 30, "figures that agree")
    out = found[-1]
    check(out["state"] == "down" and "no broker can be reached" in out["last_error"]["text"],
          f"{out['state']}, {out['last_error']}")
    check(out["sink"] == "kafka rows" and out["format"] == "json", f"{out['sink']}")
    check(0 < out["memory"]["bytes"] <= out["memory"]["max_bytes"], f"{out['memory']}")
    spool, losses = out["spool"], out["losses"]["largest"]
    check(spool["working"] and spool["lag_s"] > 0 and spool["messages_waiting"] > 0, f"{spool}")
    check(spool["bytes"] <= spool["max_bytes"] == 16 << 20, f"{spool}")
    check({x["instance"] for x in losses} == set(targets), "other targets")
    check([x["rows"] for x in losses] == sorted((x["rows"] for x in losses), reverse=True), "order")
    check(out["rows"]["dropped"] == 0, "rows were dropped for want of memory")
    few = output_of(collector, "&limit=3")["losses"]
    check(len(few["largest"]) == 3 and few["targets"] == DEVICES, f"{few}")
    check(output_of(collector, "&limit=0")["losses"]["largest"] == [], "limit 0")
    page = collector.get("/outputs?limit=2")
    check("<h2>Spool of output 0</h2>" in page and f"the largest 2 of {DEVICES}" in page, f"{page}")
    found = metrics(collector)
    check(found["sonde_spool_working"] == 1 and found["sonde_spool_max_bytes"] == 16 << 20
          and found["sonde_spool_lag_seconds"] >= spool["lag_s"] - 60
          and found["sonde_spool_messages_total"] >= spool["messages_spooled"], f"{found}")

    run.signal(signal.SIGTERM)
    check(run.wait(60) == 1, f"lost rows are no success: {run.err[-800:]}")
    told = [int(g) for g in SPOOL.search(run.err).groups()]
    check(told[0] > 0 and told[2] > 0 and told[4] > told[0] and told[7] > 0, f"{told}")
    return mock, told, targets


def the_next_run_delivers_what_waited(lab):
    """And says so: found, waiting, recovered."""
    mock, told, targets = tells_what_waits_and_what_was_lost(lab)
    mock.up()
    configured(lab, mock.brokers, targets[:1], interval="1s")
    run = lab.start()
    collector = _pages.Collector(run)
    wait_until(lambda: output_of(collector)["spool"]["messages_waiting"] == 0, 60, "empty spool")
    out = output_of(collector)
    check(out["spool"]["messages_found"] == out["spool"]["messages_recovered"] == told[0],
          f"{told}, {out['spool']}")
    check(out["spool"]["rows_recovered"] == told[2], f"{told}, {out['spool']}")
    check(out["spool"]["lag_s"] == 0 and out["losses"] == {"targets": 0, "largest": []}, f"{out}")
    check(metrics(collector)["sonde_spool_messages_recovered_total"] == told[0], "metrics")
    run.signal(signal.SIGTERM)
    check(run.wait(30) == 0, f"{run.err[-800:]}")


def once_ends_though_nobody_takes_anything(lab):
    """After its ten seconds; what was polled waits for the next run."""
    sim = lab.simulate("--community", _lab.SECRET, "--interfaces", "2", "--devices", "2",
                       "--listen", "127.9.0.1/24:0")
    configured(lab, "127.0.0.1:1", [f"127.9.0.{i}:{sim.ports[0]}" for i in (1, 2)])
    run, _ = lab.poll("--once", seconds=40)
    told = SPOOL.search(run.err)
    check(told and int(told[1]) > 0 and told[7] == "0", f"{run.err[-600:]}")


def a_folder_that_cannot_be_used_ends_the_start(lab):
    """Whose output, which folder, why. --check makes none."""
    lab.write("a-file", "")
    nobody = "127.0.0.1:1"
    for folder, why in (("not/there", "No such file or directory"),
                        ("a-file/spool", "Not a directory")):
        configured(lab, nobody, [nobody], spool=f"path: {folder}")
        run, status = lab.poll(seconds=20)
        check(status == 1 and "output kafka rows: the spool " in run.err and folder in run.err
              and why in run.err, f"{status}: {run.err}")
    configured(lab, nobody, [nobody], spool="path: spool")
    run, status = lab.poll("--check")
    check(status == 0 and not os.path.exists(lab.path("spool")), f"{status}: {run.err}")
    first = lab.start()
    first.until_said("listening on")
    run, status = lab.poll(seconds=20)
    check(status == 1 and "spool is used by another process" in run.err, f"{status}: {run.err}")
    first.signal(signal.SIGTERM)
    first.wait(30)


_lab.main(the_next_run_delivers_what_waited,
          once_ends_though_nobody_takes_anything,
          a_folder_that_cannot_be_used_ends_the_start)
