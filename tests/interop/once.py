#!/usr/bin/env python3
"""sonde poll --once against real agents: rows, round records, exit status."""
# ctest: timeout=120
import socket

import _lab
from _lab import check, rounds, rows


def polls_three_agents_once_and_ends_well(lab):
    """One round of each target, every record of it, status 0."""
    agents = [lab.agent([f"127.0.0.{n}"]) for n in (2, 3, 4)]
    lab.config([a.target() for a in agents], poll=_lab.CALM)
    run, status = lab.poll("--once")
    check(status == 0, f"status {status}")
    for agent in agents:
        found = rounds(run.records, agent.target())
        check(len(found) == 1, f"{len(found)} rounds of {agent.target()}")
        outcome = found[0]["round"]
        mine = rows(run.records, agent.target())
        check(outcome["status"] == "ok", f"status {outcome['status']}")
        check(outcome["rows"] == len(mine), f"{outcome['rows']} rows told, {len(mine)} written")
        check(any(r["labels"].get("ifName") == "lo" for r in mine), "no row of lo")
        check(all(r["labels"]["site"] == "lab" for r in mine), "the label site is missing")
        check(not any(r.get("partial") for r in mine), "a partial row")
        check(outcome["retries"] == 0 and outcome["timeouts"] == 0, f"{outcome}")
    check("3 targets, 3 rounds" in run.err, "no summary")


def fails_when_a_target_is_silent_and_keeps_the_others(lab):
    """A dead target costs its own round only."""
    agent, dead = lab.agent(), _lab.Silent(lab)
    lab.config([agent.target(), dead.target], poll="timeout: 1s, retries: 1")
    run, status = lab.poll("--once")
    check(status == 1, f"status {status}")
    lost = rounds(run.records, dead.target)
    check([r["round"]["status"] for r in lost] == ["timeout"], f"{lost}")
    check(lost[0]["round"]["retries"] == 1, f"{lost}")
    check(not rows(run.records, dead.target), "rows of a dead target")
    good = rounds(run.records, agent.target())
    check([r["round"]["status"] for r in good] == ["ok"], f"{good}")
    check(len(rows(run.records, agent.target())) == good[0]["round"]["rows"], "rows are missing")


def fails_when_nobody_listens_on_the_port(lab):
    """The kernel refuses; whether it says so or not, the round is accounted and lost."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        target = f"127.0.0.1:{s.getsockname()[1]}"
    lab.config([target], poll="timeout: 200ms, retries: 0")
    run, status = lab.poll("--once")
    check(status == 1, f"status {status}")
    found = [r["round"]["status"] for r in rounds(run.records)]
    check(found in (["timeout"], ["unreachable"]), f"{found}")


def fails_when_the_community_is_wrong(lab):
    """snmpd drops such requests without a word."""
    agent = lab.agent()
    path = lab.config([agent.target()], poll="timeout: 200ms, retries: 0")
    text = lab.read(path).replace(_lab.SECRET, "Wrong" + _lab.SECRET)
    lab.write("sonde.yaml", text)
    run, status = lab.poll("--once")
    check(status == 1, f"status {status}")
    check([r["round"]["status"] for r in rounds(run.records)] == ["timeout"], f"{run.records}")


def polls_only_the_target_named(lab):
    """--target leaves the others alone."""
    agent, other = lab.agent(), _lab.Silent(lab)
    lab.config([agent.target(), other.target])
    run, status = lab.poll("--once", "--target", agent.target())
    check(status == 0, f"status {status}")
    check({r["instance"] for r in run.records} == {agent.target()}, "other targets")
    check(not other.heard(), "the other target was asked")


def writes_influx_lines(lab):
    """The same rows in the other format: measurement, tags, fields, nanoseconds."""
    agent = lab.agent()
    lab.config([agent.target()])
    run, status = lab.poll("--once", "--format", "influx")
    check(status == 0, f"status {status}")
    lines = [l for l in run.out.splitlines() if l.startswith("if_mib_ifIndex,")]
    lo = [l for l in lines if ",ifName=lo," in l]
    check(len(lo) == 1, f"{len(lo)} lines of lo in {run.out[:300]!r}")
    tags, fields, stamp = lo[0].split(" ")
    check("site=lab" in tags.split(","), tags)
    check("ifOperStatus=1i" in fields.split(","), fields)
    check(len(stamp) == 19 and stamp.isdigit(), stamp)


def checks_a_configuration_without_polling(lab):
    """--check says ok on stderr, sends nothing."""
    dead = _lab.Silent(lab)
    lab.config([dead.target])
    run, status = lab.poll("--check")
    check(status == 0, f"status {status}")
    check("ok: 1 targets" in run.err, f"{run.err!r}")
    check(run.out == "", f"{run.out!r}")
    check(not dead.heard(), "a datagram was sent")


def checks_a_bad_configuration_by_line_and_column(lab):
    """Status 2 and one line: file, line, column, what, and what was expected."""
    path = lab.config(["127.0.0.1"])
    lab.write("sonde.yaml", lab.read(path).replace("interval: 60s", "interval: often"))
    run, status = lab.poll("--check")
    check(status == 2, f"status {status}")
    check(run.err.startswith("sonde.yaml:1:18: "), f"{run.err!r}")
    check("often" in run.err and "expected" in run.err, f"{run.err!r}")


_lab.main(polls_three_agents_once_and_ends_well,
          fails_when_a_target_is_silent_and_keeps_the_others,
          fails_when_nobody_listens_on_the_port,
          fails_when_the_community_is_wrong,
          polls_only_the_target_named,
          writes_influx_lines,
          checks_a_configuration_without_polling,
          checks_a_bad_configuration_by_line_and_column)
