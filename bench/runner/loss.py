"""Loss and reordering: how many rounds are complete, what that costs in packets and time, beside
clients with fixed timeouts and beside what probability allows.

Loss is p each way, independent for every packet, so that an exchange is lost with q = 1 - (1-p)^2;
the simulator decides once for both ways whether an answer comes. With R retries an exchange fails
with q^(R+1), a round of k exchanges is complete with (1 - q^(R+1))^k, and an exchange takes
q + q^2 + ... + q^R packets more than one on average: what is sent beyond that was not lost, only
given up too early."""
import collections
import concurrent.futures
import itertools
import math
import os
import statistics
import subprocess
import time

from . import fleet, loss_rate, scene
from .collectors import Wrong
from .fleet import Fleet, Poller, quantile
from .scene import _lab

import _soak  # found beside _lab

LOSSES = (0.0, 0.01, 0.05, 0.20)  # each way
WALKS, GETS = 300, 5000  # devices; the rounds of the ones are many exchanges, of the others one
INTERVAL, ROUNDS = 5.0, 4  # s; rounds of a device, the first of which is not counted
TIMEOUT, RETRIES = 1.0, 3  # s
REORDER = "delay=5ms,jitter=5ms,reorder=10%,reorder=50ms"
VALUE_ROWS = 10000  # whose values are compared
BULKWALKS = 40  # devices, all at once
FIXED = "retransmit: fixed"
PLAIN, OLD, NETSNMP = "sonde", "sonde, fixed timeout", "snmpbulkwalk"


def lost(p):
    """Share of exchanges that are, at a loss of p each way."""
    return 1 - (1 - p) ** 2


def theory(p, exchanges):
    """What is possible with RETRIES for a round of so many exchanges."""
    q = lost(p)
    return {"complete": (1 - q ** (RETRIES + 1)) ** exchanges, "failed": q ** (RETRIES + 1),
            "extra": sum(q ** i for i in range(1, RETRIES + 1))}


def _figures(rounds):
    """Of the rounds of one group of devices."""
    cut = sum(r["status"] == "cancelled" for r in rounds)
    rounds = [r for r in rounds if r["status"] != "cancelled"]
    if not rounds:
        raise Wrong("no rounds")
    requests = sum(r["requests"] for r in rounds)
    ok = [r for r in rounds if r["status"] == "ok"]
    ms = [r["duration_ms"] for r in rounds]
    return {"rounds": len(rounds), "cut": cut, "requests": requests,
            "complete": len(ok) / len(rounds),
            "requests_per_round": statistics.median([r["requests"] for r in ok or rounds]),
            "failed": sum(r["timeouts"] for r in rounds) / requests,
            "extra": sum(r["retries"] for r in rounds) / requests,
            "mean_ms": statistics.mean(ms), "p50_ms": quantile(ms, 0.5),
            "p95_ms": quantile(ms, 0.95), "p99_ms": quantile(ms, 0.99)}


class Run:
    """sonde polling devices some of whose packets are lost."""

    def __init__(self, lab, opt):
        self.lab = lab
        scale = 20 if opt.quick else 1
        self.walks, self.gets = WALKS // scale, GETS // scale
        self.bulkwalks = 2 if opt.quick else BULKWALKS
        self.interval = 1.0 if opt.quick else INTERVAL
        self.timeout = TIMEOUT / scale

    def fleet(self, fault):
        """Devices with a fault."""
        return Fleet(self.lab, self.walks + self.gets, *(("--fault", fault) if fault else ()))

    def poll(self, devices, setting="", output=None):
        """Figures of the walks and of the GETs."""
        walks, gets = devices.targets(self.walks), devices.targets(self.gets, self.walks)
        config = fleet.configure(
            self.lab, "loss.yaml",
            f"interval: {round(self.interval * 1000)}ms, timeout: "
            f"{round(self.timeout * 1000)}ms, retries: {RETRIES}"
            + (f", {setting}" if setting else ""), {"if_mib": walks, "counters": gets}, output)
        before = devices.totals()
        rounds = Poller(self.lab, config, "--duration",
                        f"{round(self.interval * ROUNDS * 1000)}ms").rounds(90)
        after = devices.totals()
        self._check(rounds, before, after)
        groups, seen = collections.defaultdict(list), collections.Counter()
        is_walk = set(walks)
        for instance, _, r in rounds:
            seen[instance] += 1
            if seen[instance] > 1:
                groups[instance in is_walk].append(r)
        return {"walk": _figures(groups[True]), "get": _figures(groups[False])}

    def _check(self, rounds, before, after):
        """What the devices saw is what the round records say; nothing else was lost."""
        told = sum(r["requests"] + r["retries"] for _, _, r in rounds)
        seen = after["requests"] - before["requests"]
        dropped = after["socket_drops"] - before["socket_drops"]
        if abs(told - seen) > 0.002 * seen + 5 or dropped:
            raise Wrong(f"{told} packets told, {seen} seen, {dropped} dropped by the kernel")
        if len({instance for instance, _, _ in rounds}) != self.walks + self.gets:
            raise Wrong("a device has no round")

    def _bulkwalk(self, devices, address):
        """Both tables of one device: seconds, lines; None: incomplete."""
        began, lines = time.monotonic(), 0
        for table in scene.TABLES:
            done = subprocess.run(
                [_lab.tool("snmpbulkwalk"), "-v2c", "-c", _lab.SECRET, "-On", "-Oq", "-Cr25",
                 f"-t{self.timeout}", f"-r{RETRIES}", f"{address}:{devices.port}", table],
                env=devices.sim.env, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                return time.monotonic() - began, None
            lines += done.stdout.count("\n")
        return time.monotonic() - began, lines

    def bulkwalk(self, devices):
        """The same by snmpbulkwalk, each device by itself, all at once."""
        before = devices.totals()
        mine = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {fleet.COLLECTOR})
        try:
            with concurrent.futures.ThreadPoolExecutor(self.bulkwalks) as pool:
                walks = list(pool.map(lambda a: self._bulkwalk(devices, a),
                                      fleet.addresses(self.bulkwalks)))
        finally:
            os.sched_setaffinity(0, mine)
        after = devices.totals()
        failed = sum(lines is None for _, lines in walks)
        # A walk that is given up has one exchange that failed, and no answer for it.
        exchanges = after["responses"] - before["responses"] + failed
        ms = [seconds * 1e3 for seconds, _ in walks]
        return {"walk": {
            "rounds": len(walks), "cut": 0, "requests": exchanges,
            "complete": 1 - failed / len(walks), "failed": failed / exchanges,
            "requests_per_round": exchanges / len(walks),
            "extra": (after["requests"] - before["requests"] - exchanges) / exchanges,
            "mean_ms": statistics.mean(ms), "p50_ms": quantile(ms, 0.5),
            "p95_ms": quantile(ms, 0.95), "p99_ms": quantile(ms, 0.99)}}


def check_values(lab, rounds, devices):
    """Rows of answers that overtake each other, value by value: the tool's last line; None: it is
    not built."""
    tool = fleet.check_values_tool()
    if not tool:
        return None
    rows = lab.path("rows.json")
    rounds.poll(devices, output=(f"  - file: {{path: {rows}, format: json, rounds: false}}\n"
                                 "  - stdout: {format: json, rows: false}\n"))
    span = math.ceil(rounds.timeout * (RETRIES + 1)) + _soak.SLACK
    with open(rows, encoding="utf-8") as f:
        done = subprocess.run([tool, "48", "0", "127.1.0.1", str(2 * span)], capture_output=True,
                              input="".join(itertools.islice(_soak.comparable(f, span), VALUE_ROWS)),
                              text=True, check=False)
    os.unlink(rows)
    if done.returncode != 0:
        raise Wrong(f"values: {done.stdout}")
    return done.stdout.strip().splitlines()[-1]


def _merge(runs):
    """Medians of some runs; counts are added up."""
    merged = {}
    for group in runs[0]:
        merged[group] = fleet.medians([run[group] for run in runs])
        for key in ("rounds", "cut", "requests"):
            merged[group][key] = sum(run[group][key] for run in runs)
        weight = [run[group]["requests"] for run in runs]
        # Rare events: of all requests, not the median of shares that are mostly 0.
        merged[group]["failed"] = sum(
            run[group]["failed"] * w for run, w in zip(runs, weight)) / sum(weight)
        merged[group]["complete"] = sum(
            run[group]["complete"] * run[group]["rounds"] for run in runs) / merged[group]["rounds"]
    return merged


def run(opt):
    """{case: {loss: {group: figures}}}, reordering, and rates with and without loss."""
    with fleet.laboratory() as lab:
        polls = Run(lab, opt)
        result = {"timeout_s": polls.timeout, "retries": RETRIES}
        settings = {PLAIN: ""} | ({OLD: FIXED} if fleet.knows(lab, FIXED) else {})
        made = {case: {p: [] for p in LOSSES} for case in [*settings, NETSNMP]}
        for p in LOSSES:
            devices = polls.fleet(f"loss={round(lost(p) * 1e6)}ppm" if p else "")
            for turn in range(opt.rounds):
                for case, setting in settings.items():
                    fleet.progress(f"loss: {p:.0%}, {case}, {turn + 1} of {opt.rounds}")
                    made[case][p].append(polls.poll(devices, setting))
            fleet.progress(f"loss: {p:.0%}, {NETSNMP}")
            made[NETSNMP][p].append(polls.bulkwalk(devices))
            devices.close()
        result["cases"] = {case: {str(p): _merge(runs) for p, runs in by_loss.items()}
                           for case, by_loss in made.items()}
        devices = polls.fleet(REORDER)
        fleet.progress("reordering")
        result["reordering"] = {
            "fault": REORDER, "values": check_values(lab, polls, devices),
            "cases": {case: _merge([polls.poll(devices, setting) for _ in range(opt.rounds)])
                      for case, setting in settings.items()}}
        devices.close()
        result["theory"] = {
            case: {group: {str(p): theory(p, by_loss["0.0"][group]["requests_per_round"])
                           for p in LOSSES} for group in by_loss["0.0"]}
            for case, by_loss in result["cases"].items()}
        result["rate"] = loss_rate.run(lab, opt)
    return result


def _line(name, p, c, t):
    """One line of the table, theory behind each figure."""
    print(f"{name:<22} {p:>5} {c['rounds']:>7} {c['requests_per_round']:>7.0f} "
          f"{c['complete']:>9.2%} {t['complete']:>8.2%} {c['extra']:>8.2%} {t['extra']:>8.2%} "
          f"{c['failed']:>9.4%} {t['failed']:>8.4%} {c['p50_ms']:>8.1f} {c['mean_ms']:>8.1f} "
          f"{c['p95_ms']:>8.1f}")


def print_table(result):
    """For people."""
    head = ("", "loss", "rounds", "req/rd", "complete", "theory", "extra", "theory", "failed",
            "theory", "p50 ms", "mean", "p95")
    for group, what in (("walk", "if_mib of 48 interfaces"), ("get", "GET of ten counters")):
        print(f"\nLoss, each way: {what}; timeout {result['timeout_s']:g} s, {result['retries']} "
              "retries. extra: packets beyond one a request; failed: requests.\n")
        print("{:<22} {:>5} {:>7} {:>7} {:>9} {:>8} {:>8} {:>8} {:>9} {:>8} {:>8} {:>8} {:>8}"
              .format(*head))
        none = theory(0, 1)
        for case, by_loss in result["cases"].items():
            for p, groups in by_loss.items():
                if group in groups:
                    _line(case, f"{float(p):.0%}", groups[group], result["theory"][case][group][p])
        for case, groups in result["reordering"]["cases"].items():
            _line(f"{case}, reordering", "0%", groups[group], none)
    print(f"\nreordering is {result['reordering']['fault']}; the values of its rows: "
          f"{result['reordering']['values'] or 'not checked, check_values is not built'}")
    loss_rate.print_table(result["rate"])
