"""How much slower polling gets when packets are lost: 500 requests under way all the time, one to a
device; 2 % of the exchanges lost, or none. A poller that waits a fixed time for what is lost stands
still with more and more of its requests: its rate is (under way) / (loss x timeout) at most.

sonde's rate is that of its rounds, the other pollers' what the devices answered."""
import random
import re
import statistics
import subprocess
import time

from . import fleet, peers, slices
from .collectors import Wrong
from .fleet import Fleet, Poller, Watch
from .scene import _lab

UNDER_WAY = 500
LOSS = "2%"  # of exchanges
FIXED = "retransmit: fixed"
WARM = 2.0  # s that are not counted: requests must first get lost
MODULES = {"get": "counters", "walk": "if_mib"}
KINDS = {"get": "get10", "walk": "walk"}  # as the other pollers call them
PEERS = ("Net-SNMP C", "gosnmp")  # those that can have so many under way
ROUND = re.compile(rb'"ts":(\d+),.*"status":"(\w+)","requests":(\d+),.*"varbinds":(\d+),'
                   rb'"duration_ms":([\d.]+)')


def _rounds(path):
    """(when it ended in ms, ms it took, requests, varbinds, ok) of each round: there may be half a
    million, too many to read as JSON."""
    with open(path, "rb") as f:
        for line in f:
            ts, status, requests, varbinds, ms = ROUND.search(line).groups()
            yield int(ts), float(ms), int(requests), int(varbinds), status == b"ok"


def _rate(lab, devices, module, setting, seconds):
    """What one run achieves, counted when rounds end."""
    config = fleet.configure(
        lab, "rate.yaml", f"interval: 0s, timeout: 1s, retries: 3, window: 1, "
        f"in_flight: {UNDER_WAY}" + (f", {setting}" if setting else ""),
        {module: devices.targets(UNDER_WAY)})
    before = devices.totals()
    poll = Poller(lab, config, "--quiet", "--duration", f"{round((WARM + seconds) * 1000)}ms").run
    if poll.wait(60) != 0:
        raise Wrong(f"status {poll.process.returncode}: {poll.err}")
    dropped = devices.totals()["socket_drops"] - before["socket_drops"]
    if dropped:
        raise Wrong(f"{dropped} requests dropped by the kernel")
    rounds = list(_rounds(f"{poll.name}.out"))
    begin = min(ended - ms for ended, ms, *_ in rounds) + WARM * 1e3
    # Walks that began together end together: what a round did counts as spread over its time.
    shares = [max(0.0, min(ended, begin + seconds * 1e3) - max(ended - ms, begin)) / (ms or 1)
              for ended, ms, *_ in rounds]
    return {"requests_per_second": sum(r[2] * share for r, share in zip(rounds, shares)) / seconds,
            "varbinds_per_second": sum(r[3] * share for r, share in zip(rounds, shares)) / seconds,
            "complete": sum(r[4] for r in rounds) / len(rounds)}


def _peer_rate(lab, devices, peer, workload, seconds):
    """The same of another poller, counted at the devices, which see no request in vain."""
    work = peers.Workload(
        kind=KINDS[workload], targets=tuple(devices.targets(UNDER_WAY)), window=UNDER_WAY,
        seconds=WARM + seconds + 1, community=_lab.SECRET, timeout=1.0, retries=3)
    argv, env = peer.command(work)
    process = lab.popen(argv, env=env, before=fleet.bound(fleet.COLLECTOR), cwd=lab.dir,
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(WARM)
    before = devices.totals()
    time.sleep(seconds)
    after = devices.totals()
    if process.poll() is not None:
        raise Wrong(f"{peer.name} has ended early: {process.returncode}")
    process.kill()
    process.wait()
    took = after["seconds"] - before["seconds"]
    return {"requests_per_second": (after["responses"] - before["responses"]) / took,
            "varbinds_per_second": (after["varbinds"] - before["varbinds"]) / took}


def _cases(lab):
    """{name: function of fleet, workload and seconds}."""
    def sonde(setting):
        return lambda devices, workload, seconds: _rate(lab, devices, MODULES[workload], setting,
                                                        seconds)

    def other(peer):
        return lambda devices, workload, seconds: _peer_rate(lab, devices, peer, workload, seconds)
    cases = {"sonde": sonde("")}
    if fleet.knows(lab, FIXED):
        cases["sonde, fixed timeout"] = sonde(FIXED)
    return cases | {peer.name: other(peer) for peer in peers.peers()
                    if peer.name in PEERS and peer.available()[0]}


def run(lab, opt):
    """{case: {workload: {without, with, ratio}}}: with and without loss in turn, medians."""
    cases, rng = _cases(lab), random.Random(slices.SEED)
    fleets = {"without": Fleet(lab, UNDER_WAY),
              "with": Fleet(lab, UNDER_WAY, "--fault", f"loss={LOSS}")}
    jobs = [(case, workload, kind) for case in cases for workload in MODULES for kind in fleets]

    def turn(words):
        order, figures = list(jobs), {}
        rng.shuffle(order)
        watch = Watch(*(devices.pid for devices in fleets.values()))
        for case, workload, kind in order:
            fleet.progress(f"rate {kind} loss: {words}, {case}, {workload}")
            figures[case, workload, kind] = cases[case](fleets[kind], workload,
                                                        max(3 * opt.seconds, 1.0))
        return figures, watch.foreign()
    made, taken = fleet.turns(opt, turn)
    for devices in fleets.values():
        devices.close()
    return {"turns": taken, "cases": {case: {
        workload: _compare(*([figures[case, workload, kind] for figures in made]
                             for kind in fleets)) for workload in MODULES} for case in cases}}


def _compare(without, lossy):
    """Medians, and that of the ratios within each turn."""
    return {"without": fleet.medians(without), "with": fleet.medians(lossy),
            "ratio": statistics.median(b["varbinds_per_second"] / a["varbinds_per_second"]
                                       for a, b in zip(without, lossy))}


def print_table(result):
    """For people."""
    turns = result["turns"]
    print(f"\nRate with {LOSS} of the exchanges lost, and without; {UNDER_WAY} devices, one request "
          f"each under way, timeout 1 s;\nmedians of {turns['used']} turns ({turns['quiet']} of "
          f"{turns['taken']} were quiet).\n")
    print("{:<22} {:<5} {:>12} {:>12} {:>7} {:>10}".format(
        "", "", "requests/s", "with loss", "ratio", "complete"))
    for case, workloads in result["cases"].items():
        for workload, r in workloads.items():
            complete = f"{r['with']['complete']:.2%}" if "complete" in r["with"] else ""
            print(f"{case:<22} {workload:<5} {r['without']['requests_per_second']:>12.0f} "
                  f"{r['with']['requests_per_second']:>12.0f} {r['ratio']:>7.2f} {complete:>10}")
