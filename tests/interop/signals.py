#!/usr/bin/env python3
"""Signals and the end of sonde poll: nothing that was polled is lost, every round is accounted."""
# ctest: timeout=180
import re
import signal
import time

import _lab
from _lab import check, rounds, rows


def check_all_is_accounted(run):
    """The summary, the round records and the rows tell the same story."""
    found = rounds(run.records)
    told = re.search(r"(\d+) rounds in [\d.]+ s: (\d+) ok, (\d+) partial, (\d+) failed, "
                     r"(\d+) cancelled", run.err)
    check(told, f"no summary in {run.err[-400:]!r}")
    numbers = [int(n) for n in told.groups()]
    check(numbers[0] == sum(numbers[1:]), f"rounds started and ended differ: {told.group(0)}")
    check(numbers[0] == len(found), f"{told.group(0)}, but {len(found)} round records")
    check(numbers[1] == sum(r["round"]["status"] == "ok" for r in found), told.group(0))
    written = len(rows(run.records))
    check(written == sum(r["round"]["rows"] for r in found), "rows and round records differ")
    check(f"rows {written} written, 0 lost, 0 dropped" in run.err, "the output's line is missing")


def finishes_and_flushes_on_sigterm(lab):
    """Between rounds: status 0 and a summary that agrees with what was written."""
    agents = [lab.agent([f"127.0.0.{n}"]) for n in (2, 3)]
    lab.config([a.target() for a in agents], poll="interval: 300ms")
    run = lab.start()
    for agent in agents:
        run.until_rounds(2, agent.target(), "ok")
    run.signal(signal.SIGTERM)
    check(run.wait(5) == 0, f"status {run.process.returncode}")
    check("SIGTERM: finishing the rounds under way" in run.err, run.err)
    check_all_is_accounted(run)


def ends_likewise_on_sigint(lab):
    """Ctrl-C is no less polite."""
    agent = lab.agent()
    lab.config([agent.target()], poll="interval: 300ms")
    run = lab.start()
    run.until_rounds(1)
    run.signal(signal.SIGINT)
    check(run.wait(5) == 0, f"status {run.process.returncode}")
    check_all_is_accounted(run)


def lets_a_round_under_way_finish(lab):
    """SIGTERM in mid-round: the answers that are still on their way become rows."""
    agent = lab.agent()
    slow = _lab.SlowPath(lab, agent, 1)
    lab.config([slow.target], poll="interval: 5s, timeout: 10s")
    run = lab.start("--target", slow.target)
    check(slow.asked.wait(10 * _lab.FACTOR), "nothing was asked")
    check(not rounds(run.records), "the round is over already")
    run.signal(signal.SIGTERM)
    check(run.wait(20) == 0, f"status {run.process.returncode}")
    check([r["round"]["status"] for r in rounds(run.records)] == ["ok"], f"{rounds(run.records)}")
    check(rows(run.records), "no rows")
    check_all_is_accounted(run)


def cuts_the_rounds_on_the_second_signal(lab):
    """A silent target with a long timeout does not hold up the end; its round is accounted."""
    agent, dead = lab.agent(), _lab.Silent(lab)
    lab.config([agent.target(), dead.target], poll="interval: 1s, timeout: 60s, retries: 7")
    run = lab.start()
    run.until_rounds(1, agent.target(), "ok")
    _lab.wait_until(dead.heard, 10, "a request to the silent target")
    run.signal(signal.SIGTERM)
    run.until_said("finishing the rounds under way")
    check(run.process.poll() is None, "did not wait for the round under way")
    # A reload now has nothing to do, and must not start anything.
    run.signal(signal.SIGHUP)
    run.signal(signal.SIGUSR1)
    run.until_said("sonde: state after ")
    began = time.monotonic()
    run.signal(signal.SIGTERM)
    check(run.wait(5) == 0, f"status {run.process.returncode}")
    check(time.monotonic() - began < 2 * _lab.FACTOR, "slow to end")
    check("second signal: cutting the rounds under way" in run.err, run.err)
    lost = [r["round"]["status"] for r in rounds(run.records, dead.target)]
    check(lost == ["cancelled"], f"{lost}")
    check_all_is_accounted(run)


def prints_its_state_on_sigusr1_and_goes_on(lab):
    """Twice, to see that it still listens."""
    agent = lab.agent()
    lab.config([agent.target()], poll="interval: 300ms, threads: 2")
    run = lab.start()
    run.until_rounds(1)
    for n in (1, 2):
        run.signal(signal.SIGUSR1)
        _lab.wait_until(lambda n=n: run.err.count("sonde: state after ") == n, 5, f"state {n}")
        run.until_rounds(1, status="ok")
    check("1 targets, 2 workers (" in run.err, run.err)
    check(re.search(r"output stdout +rows \d+ written", run.err), run.err)
    check(re.search(r"^  rounds_ok_total +\d+  ", run.err, re.M), run.err)
    run.signal(signal.SIGTERM)
    check(run.wait(5) == 0, f"status {run.process.returncode}")
    check_all_is_accounted(run)


def ends_after_the_duration(lab):
    """--duration counts from the start; the end is as after SIGTERM."""
    agent = lab.agent()
    lab.config([agent.target()], poll="interval: 200ms")
    began = time.monotonic()
    run, status = lab.poll("--duration", "1500ms")
    spent = time.monotonic() - began
    check(status == 0, f"status {status}")
    check(1.5 <= spent < 1.5 + 3 * _lab.FACTOR, f"took {spent:.2f} s")
    check("duration is over" in run.err, run.err)
    # Its first round may start anywhere in the interval, and a busy machine may be late.
    check(3 <= len(rounds(run.records)) <= 8, f"{len(rounds(run.records))} rounds")
    check_all_is_accounted(run)


def says_nothing_when_quiet(lab):
    """--quiet: rows on stdout, not a word on stderr."""
    agent = lab.agent()
    lab.config([agent.target()], poll="interval: 200ms")
    run = lab.start("--quiet")
    run.until_rounds(2)
    run.signal(signal.SIGTERM)
    check(run.wait(5) == 0, f"status {run.process.returncode}")
    check(run.err == "", f"{run.err!r}")
    check(rows(run.records), "no rows")


def tells_progress_in_plain_lines(lab):
    """Where stderr is no terminal there is a line now and then, without control characters."""
    _lab.not_with_sanitizers()
    agent = lab.agent()
    lab.config([agent.target()], poll="interval: 1s")
    run = lab.start()
    run.until_said("1 targets, ", seconds=15)
    run.signal(signal.SIGTERM)
    check(run.wait(5) == 0, f"status {run.process.returncode}")
    check("\r" not in run.err and "\x1b" not in run.err, f"{run.err!r}")
    check("varbinds/s" in run.err, run.err)


_lab.main(finishes_and_flushes_on_sigterm,
          ends_likewise_on_sigint,
          lets_a_round_under_way_finish,
          cuts_the_rounds_on_the_second_signal,
          prints_its_state_on_sigusr1_and_goes_on,
          ends_after_the_duration,
          says_nothing_when_quiet,
          tells_progress_in_plain_lines)
