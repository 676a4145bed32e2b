"""What dead devices do to the others: devices polled at an interval by one worker, the same healthy
ones beside as many more that are

    alive    answer like the rest
    dead     never answer: packets to them vanish
    absent   are not in the configuration

so that lateness can be compared with both: the same number of devices, and the same healthy work.
A dead device is an address at which nobody is. On the wire that is silence, as of a device without
power behind a router, and as the simulator's fault dead=100% gives; a closed port on a host that
runs would be told by ICMP, which is another case.

The first rounds are left out: a poller may learn in them who is dead. Packets to the dead are those
of each round of theirs, first to last, by the round records; the devices' own count of requests at
addresses where nobody is must agree."""
import collections
import random
import statistics
import time

from . import fleet, slices
from .collectors import Wrong
from .fleet import Fleet, Poller, Watch, quantile

DEVICES, DEAD = 10000, 0.3
INTERFACES = 8  # a walk of some seven requests: a load of a few per cent, where lateness shows
WARM, MEASURED = 4, 3  # intervals
TIMEOUT, RETRIES, INTERVAL = 2.0, 3, 10.0  # s
CASES = ("alive", "dead", "absent")


class Setup:
    """What one run is like."""

    def __init__(self, quick):
        scale = 10 if quick else 1
        self.devices = DEVICES // scale // (2 if quick else 1)
        self.interval, self.timeout = INTERVAL / scale, TIMEOUT / scale
        self.healthy = round(self.devices * (1 - DEAD))


def _config(lab, devices, setup, case):
    """One case's targets."""
    targets = devices.targets(setup.healthy)
    rest = setup.devices - setup.healthy
    if case == "alive":
        targets += devices.targets(rest, setup.healthy)
    elif case == "dead":
        targets += devices.targets(rest, 0, fleet.NOBODY)
    return fleet.configure(lab, f"{case}.yaml", (
        f"interval: {round(setup.interval * 1000)}ms, timeout: {round(setup.timeout * 1000)}ms, "
        f"retries: {RETRIES}"), {"if_mib": targets})


def _poll(lab, devices, setup, case):
    """One run: rounds by target, CPU seconds while it was measured, others' share of the machine,
    packets to addresses where nobody is."""
    config = _config(lab, devices, setup, case)
    nobody = devices.totals()["nobody"]
    poller = Poller(lab, config, "--duration",
                    f"{round(setup.interval * (WARM + MEASURED) * 1000)}ms")
    time.sleep(setup.interval * WARM)
    watch, cpu = Watch(poller.run.process.pid, devices.pid), poller.cpu()
    time.sleep(setup.interval * MEASURED * 0.95)
    cpu = (poller.cpu() - cpu) / 0.95
    foreign = watch.foreign()
    by_target = collections.defaultdict(list)
    for instance, _, r in poller.rounds(60):
        by_target[instance].append(r)
    return by_target, cpu, foreign, devices.totals()["nobody"] - nobody


def _figures(setup, case, by_target, cpu, foreign, nobody):
    """What one run came to."""
    wanted = set(fleet.addresses(setup.healthy))  # the same devices in every case
    healthy = [r for instance, rounds in by_target.items()
               if instance.rsplit(":")[0] in wanted for r in rounds[WARM:]]
    if len(healthy) < setup.healthy * (MEASURED - 1):
        raise Wrong(f"{case}: only {len(healthy)} rounds of the healthy")
    made = {"foreign": foreign, "cpu_ms_per_s": cpu * 1e3 / (setup.interval * MEASURED),
            "rounds": len(healthy), "ok": sum(r["status"] == "ok" for r in healthy) / len(healthy),
            "skipped": sum(r["skipped"] for r in healthy)}
    for key in ("lateness_ms", "duration_ms"):
        for q in (50, 99):
            made[f"{key[:-3]}_p{q}_ms"] = quantile([r[key] for r in healthy], q / 100)
    made["lateness_max_ms"] = max(r["lateness_ms"] for r in healthy)
    if case == "dead":
        made |= _packets(setup, by_target, nobody)
    return made


def _packets(setup, by_target, nobody):
    """To the dead: of their first, second, ... round, and in all."""
    dead = [rounds for instance, rounds in by_target.items()
            if instance.startswith(fleet.NOBODY)]
    sent = [[r["requests"] + r["retries"] for r in rounds] for rounds in dead]
    told = sum(map(sum, sent))
    if len(dead) != setup.devices - setup.healthy or abs(told - nobody) > 0.001 * nobody + 10:
        raise Wrong(f"{len(dead)} dead devices; {told} packets to them told, {nobody} seen")
    if any(r["status"] == "ok" for rounds in dead for r in rounds):
        raise Wrong("a dead device is ok")
    longest = max(map(len, sent))
    return {"packets_by_round": [statistics.mean(s[i] for s in sent if len(s) > i)
                                 for i in range(min(longest, WARM + MEASURED))],
            "packets_per_dead_round": statistics.mean(n for s in sent for n in s[WARM:]),
            "dead_status": dict(collections.Counter(r["status"] for rounds in dead
                                                    for r in rounds)),
            "dead_duration_p50_ms": quantile([r["duration_ms"] for rounds in dead
                                              for r in rounds[WARM:]], 0.5)}


def run(opt):
    """{case: figures}, medians, and the ratios within each turn."""
    setup, rng = Setup(opt.quick), random.Random(slices.SEED)
    with fleet.laboratory() as lab:
        devices = Fleet(lab, setup.devices, "--interfaces", str(INTERFACES))

        def turn(words):
            order, figures = list(CASES), {}
            rng.shuffle(order)
            for case in order:
                fleet.progress(f"dead devices: {words}, {case}")
                figures[case] = _figures(setup, case, *_poll(lab, devices, setup, case))
            return figures, max(f["foreign"] for f in figures.values())
        turns, taken = fleet.turns(opt, turn)
    made = {case: [turn[case] for turn in turns] for case in CASES}
    result = {"devices": setup.devices, "healthy": setup.healthy, "interval_s": setup.interval,
              "timeout_s": setup.timeout, "retries": RETRIES, "interfaces": INTERFACES,
              "turns": taken, "runs": made,
              "cases": {case: fleet.medians(runs) for case, runs in made.items()}}
    result["cases"]["dead"] |= {key: made["dead"][-1][key]
                                for key in ("packets_by_round", "dead_status")}
    for base in ("alive", "absent"):
        for key in ("lateness_p99_ms", "duration_p99_ms", "cpu_ms_per_s"):
            result[f"{key}_dead_to_{base}"] = statistics.median(
                d[key] / b[key] for d, b in zip(made["dead"], made[base]))
    return result


def print_table(result):
    """For people."""
    r = result
    dead, turns = r["devices"] - r["healthy"], r["turns"]
    print(f"\n{r['healthy']} healthy devices of {r['interfaces']} interfaces every "
          f"{r['interval_s']:g} s by one worker, beside {dead} that are ...; timeout "
          f"{r['timeout_s']:g} s, {r['retries']} retries.\nMedians of "
          f"{turns['used']} runs ({turns['quiet']} of {turns['taken']} were quiet), {MEASURED} intervals "
          f"each after {WARM} to warm up; the healthy ones' rounds, ms.\n")
    head = ("", "late p50", "p99", "max", "round p50", "p99", "ok", "skipped", "CPU ms/s", "others")
    print("{:<8} {:>8} {:>7} {:>7} {:>10} {:>7} {:>7} {:>8} {:>9} {:>7}".format(*head))
    for name, c in r["cases"].items():
        print(f"{name:<8} {c['lateness_p50_ms']:>8.2f} {c['lateness_p99_ms']:>7.2f} "
              f"{c['lateness_max_ms']:>7.1f} {c['duration_p50_ms']:>10.2f} "
              f"{c['duration_p99_ms']:>7.2f} {c['ok']:>7.2%} {c['skipped']:>8.0f} "
              f"{c['cpu_ms_per_s']:>9.0f} {c['foreign']:>7.1%}")
    for base in ("alive", "absent"):
        print(f"dead to {base}: p99 lateness {r[f'lateness_p99_ms_dead_to_{base}']:.2f} times, "
              f"p99 of rounds {r[f'duration_p99_ms_dead_to_{base}']:.2f} times, CPU "
              f"{r[f'cpu_ms_per_s_dead_to_{base}']:.2f} times")
    c = r["cases"]["dead"]
    print("packets to a dead device in its first, second, ... round: "
          + ", ".join(f"{n:.2f}" for n in c["packets_by_round"])
          + f"; such a round ends after {c['dead_duration_p50_ms']:.0f} ms")
