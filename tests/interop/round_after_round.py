#!/usr/bin/env python3
"""Many rounds: without a pause, and at an interval that is kept."""
# ctest: timeout=180
import signal

import _lab
from _lab import check, rounds, rows


def runs_round_after_round_without_a_pause(lab):
    """interval 0s: the next round begins when one is over, for every target."""
    agents = [lab.agent([f"127.0.0.{n}"]) for n in (2, 3)]
    lab.config([a.target() for a in agents], poll="interval: 0s")
    run, status = lab.poll("--duration", "2s", seconds=30)
    check(status == 0, f"status {status}: {run.err}")
    found = rounds(run.records)
    check({r["round"]["status"] for r in found} == {"ok"}, "a round went wrong")
    check(f"{len(found)} rounds in " in run.err, run.err)
    for agent in agents:
        mine = rounds(run.records, agent.target())
        # A round of an unhurried snmpd takes some milliseconds.
        check(len(mine) > 20, f"only {len(mine)} rounds of {agent.target()}")
        stamps = [r["ts"] for r in mine]
        check(stamps == sorted(stamps), "rounds out of order")
        counts = {r["round"]["rows"] for r in mine}
        check(len(counts) == 1, f"rounds of {counts} rows")
    check(len(rows(run.records)) == sum(r["round"]["rows"] for r in found), "rows are missing")


def keeps_its_interval_and_its_phase(lab):
    """Rounds are due an interval apart, and at the same moment of it after a restart. How late they
    start is up to the machine, and told."""
    agent = lab.agent()
    lab.config([agent.target()], poll="interval: 1s")
    phases = []
    for _ in range(2):
        run, status = lab.poll("--duration", "3500ms", seconds=30)
        check(status == 0, f"status {status}")
        found = rounds(run.records)
        outcomes = [r["round"] for r in found]
        check(3 <= sum(1 + o["skipped"] for o in outcomes) <= 4, f"{outcomes}")
        due = [r["ts"] - o["duration_ms"] - o["lateness_ms"] for r, o in zip(found, outcomes)]
        gaps = [b - a - 1000 * o["skipped"] for a, b, o in zip(due, due[1:], outcomes[1:])]
        check(all(abs(g - 1000) < 50 for g in gaps), f"rounds are {gaps} ms apart: {outcomes}")
        late = [o["lateness_ms"] for o in outcomes]
        check(min(late) < 200 * _lab.FACTOR, f"all rounds are late: {late}")
        phases.append(due[-1] % 1000)
    off = abs(phases[0] - phases[1])
    check(min(off, 1000 - off) < 50, f"phases {phases}")


def takes_an_agent_up_again_after_it_was_down(lab):
    """Down: the rounds end as timeouts. Back: ok again, and its restart marked once."""
    agent = lab.agent()
    lab.config([agent.target()], poll="interval: 300ms, timeout: 100ms, retries: 1")
    run = lab.start()
    # Its uptime must be able to go back.
    run.until_rounds(4, status="ok")
    agent.stop()
    run.until_rounds(3, status="timeout")
    check(agent.start(), "its port was taken meanwhile")
    run.until_rounds(3, status="ok")
    run.signal(signal.SIGTERM)
    check(run.wait(10) == 0, f"status {run.process.returncode}")
    good = [r for r in rounds(run.records) if r["round"]["status"] == "ok"]
    resets = [i for i, r in enumerate(good) if r["reset"]]
    drops = [i for i in range(1, len(good)) if good[i]["uptime"] < good[i - 1]["uptime"]]
    check(len(drops) == 1, f"uptimes {[r['uptime'] for r in good]}")
    check(resets == drops, f"resets marked at {resets}, uptime went back at {drops}")
    marked = {r["ts"] for r in rows(run.records) if r["reset"]}
    check(marked, "no row was marked")
    when = good[drops[0]]["ts"]
    check(all(abs(ts - when) < 1000 * _lab.FACTOR for ts in marked), "rows of other rounds marked")


_lab.main(runs_round_after_round_without_a_pause,
          keeps_its_interval_and_its_phase,
          takes_an_agent_up_again_after_it_was_down)
