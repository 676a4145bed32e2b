"""The part collectors: sonde beside snmpbulkwalk, both walking one real snmpd."""
from . import collectors, slices
from .scene import MANY, NOTHING, ONE

BASE = "sonde, 1 target"
START = "snmpbulkwalk: start only"


def compare(scene, opt):
    """Whole collectors, in turn."""
    choices = (10, 50) if opt.quick else (10, 25, 50, 100)
    best, costs = collectors.best_repetitions(scene, choices, opt.seconds / 4)
    one = collectors.Sonde(scene, BASE, [ONE], 4)
    many = MANY[:10] if opt.quick else MANY
    cases = [one, collectors.Sonde(scene, f"sonde, {len(many)} targets", many, 1),
             collectors.Bulkwalk(scene, "snmpbulkwalk -Cr10 (default)", 10)]
    if best != 10:
        cases.append(collectors.Bulkwalk(scene, f"snmpbulkwalk -Cr{best} (its best)", best))
    cases.append(collectors.Bulkwalk(scene, START, 10, [NOTHING] * 2))
    for case in cases[:2]:
        case.check_work()
    figures, taken = slices.run(scene, cases, one, opt)
    return {"scene": scene.describe(), "slices": taken, "cases": figures,
            "snmpbulkwalk_us_per_walk_by_max_repetitions": costs}


def print_table(result, opt):
    """For people."""
    s, taken = result["scene"], result["slices"]
    print(f"\nWalks of ifTable and ifXTable: {s['interfaces']} interfaces, {s['varbinds']} "
          f"varbinds; collector on CPU {s['collector_cpu']}, snmpd on CPU {s['agent_cpu']}.\n"
          f"CPU is user + system of the collector's processes, start included. Medians of "
          f"{taken['slices']} slices of {opt.seconds:g} s\n(of {taken['taken']} rounds "
          f"{taken['quiet']} were quiet: others used less than {slices.FOREIGN_MAX:.0%} of the "
          "machine).\n")
    head = ("collector", "us/request", "us/varbind", "ratio", "req/walk", "varbinds/s", "user")
    print("{:<32} {:>10} {:>10} {:>7} {:>8} {:>10} {:>5}".format(*head))
    for name, case in result["cases"].items():
        def median(key, case=case):
            return case[key]["median"] if key in case else float("nan")
        if name == START:
            # The work is nothing, so only the cost of a walk's two processes says something.
            print(f"{name:<32} {'':>10} {median('us_per_varbind'):>10.3f} "
                  f"{median('ratio'):>7.2f}")
            continue
        print(f"{name:<32} {median('us_per_request'):>10.2f} {median('us_per_varbind'):>10.3f} "
              f"{median('ratio'):>7.2f} {median('requests_per_walk'):>8.1f} "
              f"{median('varbinds_per_second'):>10.0f} {median('user_share'):>5.0%}")
    start = result["cases"][START]["us_per_varbind"]["median"]
    for name, case in result["cases"].items():
        if name.startswith("snmpbulkwalk -Cr"):
            rest = case["us_per_varbind"]["median"] - start
            print(f"{name + ', start taken off':<43} {rest:>10.3f} "
                  f"{rest / result['cases'][BASE]['us_per_varbind']['median']:>7.2f}")
    print("us/varbind is also CPU seconds per million varbinds. ratio: to the first line.")
    slices.warn(taken, opt)
