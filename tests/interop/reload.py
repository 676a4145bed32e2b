#!/usr/bin/env python3
"""SIGHUP and changed target files: targets come and go while the others are polled on."""
# ctest: timeout=180
import os
import signal

import _lab
from _lab import check, rounds

FAST = "interval: 300ms, timeout: 5s, retries: 1"
# Where no round may be left out: not either because the machine had other things to do.
STEADY = "interval: 1s, timeout: 5s, retries: 1"


def end(run):
    """Ends a run that must have gone well."""
    run.signal(signal.SIGTERM)
    check(run.wait(10) == 0, f"status {run.process.returncode}")


def adds_and_removes_targets_on_sighup(lab):
    """A new target is polled, a removed one is not, one that stays misses nothing."""
    stays, goes, comes = (lab.agent([f"127.0.0.{n}"]) for n in (2, 3, 4))
    lab.config([stays.target(), goes.target()], poll=STEADY)
    run = lab.start()
    run.until_rounds(1, stays.target(), "ok")
    run.until_rounds(1, goes.target(), "ok")
    lab.config([stays.target(), comes.target()], poll=STEADY)
    run.signal(signal.SIGHUP)
    run.until_rounds(2, comes.target(), "ok")
    run.until_said("configuration reloaded: 2 targets")
    # What was under way is over by now: from here on not one more.
    before = len(rounds(run.records, goes.target()))
    run.until_rounds(3, stays.target(), "ok")
    check(len(rounds(run.records, goes.target())) == before, "the removed target is still polled")
    end(run)
    found = rounds(run.records, stays.target())
    check(all(r["round"]["skipped"] == 0 and r["round"]["status"] == "ok" for r in found),
          "the target that stayed has missed rounds")
    check(not any(r["reset"] for r in found), "a reset was marked without one")


def goes_on_with_the_old_configuration_when_the_new_one_is_bad(lab):
    """The error is told by line and column, polling never stops, a good file works again."""
    agent = lab.agent()
    path = lab.config([agent.target()], poll=FAST)
    good = lab.read(path)
    run = lab.start()
    run.until_rounds(1, status="ok")
    for number, (old, new, told) in enumerate((
            ("timeout: 5s", "timeout: soon", "sonde.yaml:1:"),
            ("targets:", "tragets:", "tragets"),
            ("poll: {", "poll: {{", "sonde.yaml:1:"),
            ("__param_module: \"if_mib", "__param_module: \"of_mib", "of_mib")), 1):
        check(old in good, old)
        lab.write("sonde.yaml", good.replace(old, new, 1))
        run.signal(signal.SIGHUP)
        _lab.wait_until(
            lambda n=number: run.err.count("not reloaded; going on with the old one") == n, 10,
            f"refusal {number}")
        check(told in run.err, f"{told!r} is not in {run.err!r}")
        run.until_rounds(2, status="ok")
    lab.write("sonde.yaml", good)
    run.signal(signal.SIGHUP)
    run.until_said("configuration reloaded: 1 targets")
    run.until_rounds(2, status="ok")
    end(run)
    check(all(r["round"]["status"] == "ok" for r in rounds(run.records)), "a round went wrong")


def refuses_a_configuration_that_is_gone(lab):
    """A deleted file is no reason to stop."""
    agent = lab.agent()
    path = lab.config([agent.target()], poll=FAST)
    run = lab.start()
    run.until_rounds(1, status="ok")
    os.unlink(path)
    run.signal(signal.SIGHUP)
    run.until_said("going on with the old one")
    run.until_rounds(2, status="ok")
    end(run)


def takes_up_changed_settings(lab):
    """A shorter interval, another community version and other labels hold from the reload on."""
    agent = lab.agent()
    lab.config([agent.target()], poll="interval: 1s")
    run = lab.start()
    run.until_rounds(1, status="ok")
    path = lab.config([agent.target()], poll="interval: 100ms", version=1)
    lab.write("sonde.yaml", lab.read(path).replace("site: lab", "site: moved"))
    run.signal(signal.SIGHUP)
    run.until_said("configuration reloaded")
    def moved():
        return [r for r in run.records if r.get("labels", {}).get("site") == "moved"]
    _lab.wait_until(moved, 10, "rows with the new label")
    first = moved()[0]["ts"]
    run.until_rounds(10, status="ok")
    times = [r["ts"] for r in rounds(run.records) if r["ts"] >= first]
    gaps = sorted(b - a for a, b in zip(times, times[1:]))
    check(gaps[len(gaps) // 2] < 500 * _lab.FACTOR, f"rounds are {gaps} ms apart")
    check(not any("ifHCInOctets" in r["values"] for r in moved()), "Counter64 under SNMPv1")
    end(run)


def follows_target_files_by_itself(lab):
    """file_sd: a changed file counts without a signal, a broken one leaves the targets as they are."""
    first, second = lab.agent(["127.0.0.2"]), lab.agent(["127.0.0.3"])
    group = '- targets: ["{}"]\n  labels: {{site: lab, __param_module: system}}\n'
    lab.write("targets.yml", group.format(first.target()))
    lab.config("  - file_sd: {files: [\"targets.yml\"], refresh_interval: 1s}\n", poll=FAST)
    run = lab.start()
    run.until_rounds(1, first.target(), "ok")
    lab.write("targets.yml", group.format(first.target()) + group.format(second.target()))
    run.until_rounds(2, second.target(), "ok")
    lab.write("targets.yml", "- targets: [\n")
    run.until_said("targets.yml:")
    run.until_rounds(2, first.target(), "ok")
    run.until_rounds(2, second.target(), "ok")
    lab.write("targets.yml", group.format(second.target()))
    def quiet():
        before = len(rounds(run.records, first.target()))
        run.until_rounds(4, second.target(), "ok")
        return len(rounds(run.records, first.target())) == before
    _lab.wait_until(quiet, 10, "the end of the first target's rounds")
    end(run)


def takes_signals_while_it_still_loads(lab):
    """Loading may take long: SIGHUP and SIGUSR1 wait for its end, SIGTERM does not."""
    agent = lab.agent()
    text = lab.read(lab.config([agent.target()], poll=FAST))
    for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGTERM):
        os.mkfifo(lab.path("fifo"))
        run = lab.start("-c", "fifo")
        # Opens as soon as the program does, which then waits for us.
        with open(lab.path("fifo"), "w", encoding="utf-8") as f:
            run.signal(number)
            if number == signal.SIGTERM:
                run.process.wait(5 * _lab.FACTOR)
                check(run.process.returncode == -signal.SIGTERM, f"{run.process.returncode}")
                run.process.returncode = 0
                return
            lab.write("fifo", text)
            f.write(text)
        run.until_rounds(1, status="ok")
        run.until_said("configuration reloaded" if number == signal.SIGHUP else "state after")
        end(run)
        os.unlink(lab.path("fifo"))


def survives_many_signals_in_a_row(lab):
    """Reloads that arrive faster than they are done lose no round and no record."""
    agent = lab.agent()
    lab.config([agent.target()], poll="interval: 100ms")
    run = lab.start()
    run.until_rounds(1, status="ok")
    for _ in range(20):
        run.signal(signal.SIGHUP)
        run.signal(signal.SIGUSR1)
        run.until_rounds(1, status="ok")
    end(run)
    check(f"{len(rounds(run.records))} rounds in " in run.err, "rounds and records differ")


_lab.main(adds_and_removes_targets_on_sighup,
          goes_on_with_the_old_configuration_when_the_new_one_is_bad,
          refuses_a_configuration_that_is_gone,
          takes_up_changed_settings,
          follows_target_files_by_itself,
          takes_signals_while_it_still_loads,
          survives_many_signals_in_a_row)
