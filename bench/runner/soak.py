"""Half an hour at 80 % of what one worker can do just now, among devices that fail, restart and
change, reloaded all the time (tests/interop/_soak.py has all of it): is memory flat, is every round
accounted for, is every value right?

The rate that can be done is measured first, by the same collector and the same devices, round after
round. Then as many devices are polled every ten seconds as make 80 % of it. Should others need the
machine in the meantime, rounds are late or left out, and told."""
import signal
import statistics
import time

from . import fleet
from .collectors import Wrong
from .fleet import COLLECTOR, DEVICES, Watch, bound

import _soak  # found beside _lab

LOAD = 0.8
INTERVAL = 10.0  # s
PERIOD = 25.0  # s between things that happen
REBOOT = 600  # s between restarts of a device
TRIAL = 2000  # devices to measure the rate with
IN_FLIGHT = 400  # then: no more than the sockets of both sides hold
WARM = 0.2  # of the time, but three minutes at most: memory is not looked at
STOP = 3.0  # s that the collector is stopped for, twice, in the meantime
FLAT = 0.02  # growth of memory from then to the end that is none
FLAT_KIB = 512  # the same, for short runs and small ones


def _rate(lab, opt):
    """Rounds a second that the collector can do, and its CPU share meanwhile."""
    devices = _soak.Devices(lab, TRIAL // (10 if opt.quick else 1), REBOOT, before=bound(DEVICES))
    steady, shifting = devices.targets()
    config = fleet.configure(lab, "rate.yaml", "interval: 0s, timeout: 2s, retries: 3, "
                             f"in_flight: {IN_FLIGHT}", {"if_mib": steady + shifting},
                             "  - file: {path: /dev/null, format: json, rounds: false}\n"
                             "  - stdout: {format: json, rows: false}\n")
    seconds = 2 if opt.quick else 10
    poller = fleet.Poller(lab, config)
    pids = poller.run.process.pid, devices.pid, devices.other.process.pid
    time.sleep(1)
    lines, began, cpu, watch = poller.run.out.count("\n"), time.monotonic(), poller.cpu(), Watch(*pids)
    time.sleep(seconds)
    took, cpu = time.monotonic() - began, poller.cpu() - cpu
    lines = poller.run.out.count("\n") - lines
    foreign = watch.foreign()
    for process in (poller.run.process, devices.sim.process, devices.other.process):
        process.kill()
        process.wait()
    return {"rounds_per_second": lines / took, "cpu_share": cpu / took, "foreign": foreign}


def slope(points):
    """Of the line through (x, y) with the least squares, and its standard error."""
    n = len(points)
    mean_x = statistics.mean(x for x, _ in points)
    mean_y = statistics.mean(y for _, y in points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    up = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    rest = sum((y - mean_y - up * (x - mean_x)) ** 2 for x, y in points)
    return up, (rest / (n - 2) / spread) ** 0.5


def _warm_up(soak, seconds, opt):
    """A start in which the collector is stopped twice: memory for what comes in a rush after a pause
    is kept, and a busy machine makes such pauses at any time."""
    for _ in range(2):
        soak.live(seconds / 2, 2.0 if opt.quick else PERIOD)
        soak.run.signal(signal.SIGSTOP)
        time.sleep(STOP)
        soak.run.signal(signal.SIGCONT)


def _memory(samples, warm):
    """What memory did once the start was over."""
    warm += 5 if samples[-1][0] > 60 else 1  # what the last pause left to do
    points = [(t / 60, rss) for t, rss, _, _ in samples if t >= warm]
    if len(points) < 5:
        raise Wrong(f"only {len(points)} samples of memory")
    up, error = slope(points)
    fifth = max(1, len(points) // 5)
    first = statistics.median(rss for _, rss in points[:fifth])
    last = statistics.median(rss for _, rss in points[-fifth:])
    return {"after_warm_up_kib": first, "at_the_end_kib": last,
            "peak_kib": max(rss for _, rss, *_ in samples),
            "slope_kib_per_minute": up, "slope_error": error, "warm_up_s": warm,
            "flat": last - first <= max(FLAT * first, FLAT_KIB),
            "files": sorted({files for t, _, files, _ in samples if t >= warm})}


def run(opt):
    """What was measured, what happened, and what went wrong in words."""
    minutes = opt.minutes or (0.25 if opt.quick else 30.0)
    with fleet.laboratory() as lab:
        fleet.progress("soak: what the collector can do")
        trial = _rate(lab, opt)
        interval = 1.0 if opt.quick else INTERVAL
        count = max(20, round(LOAD * trial["rounds_per_second"] * interval))
        devices = _soak.Devices(lab, count, REBOOT, before=bound(DEVICES))
        soak = _soak.Soak(lab, devices, {"interval_ms": round(interval * 1000), "timeout_ms": 2000,
                                         "threads": opt.workers},
                          before=bound(COLLECTOR), check_values=fleet.check_values_tool())
        watch = Watch(soak.pid, devices.pid)
        fleet.progress(f"soak: {count} devices, {minutes:g} minutes")
        warm = min(180.0, minutes * 60 * WARM)
        _warm_up(soak, warm, opt)
        soak.live(minutes * 60 - warm, 2.0 if opt.quick else PERIOD)
        foreign = watch.foreign()
        ran = soak.end()
        summary = soak.run.err[soak.run.err.rfind("targets, "):]
        if "Sanitizer" in soak.run.err:
            soak.problems.append(soak.run.err[-4000:])
    cpu = soak.samples[-1][3] / soak.samples[-1][0]
    return {"trial": trial, "devices": count, "interval_s": interval, "seconds": ran,
            "cpu_share": cpu, "foreign": foreign, "memory": _memory(soak.samples, warm),
            "rounds": soak.records, "by_status": dict(soak.by_status), "skipped": soak.skipped,
            "requests": soak.requests, "retries": soak.retries, "values": soak.values,
            "reloads": soak.reloads, "refused": soak.refused, "shifts": soak.shifts,
            "problems": soak.problems, "summary": summary, "samples": soak.samples}


def print_table(result):
    """For people."""
    r, trial, m = result, result["trial"], result["memory"]
    print(f"\nSoak: {r['devices']} devices of {_soak.INTERFACES} interfaces every "
          f"{r['interval_s']:g} s for {r['seconds'] / 60:.1f} minutes, {LOAD:.0%} of "
          f"{trial['rounds_per_second']:.0f} rounds/s that one worker did at once\nwith "
          f"{trial['cpu_share']:.0%} of a processor. CPU {r['cpu_share']:.0%}; others used "
          f"{r['foreign']:.1%} of the machine.\n")
    print(f"rounds     {r['rounds']}: " + ", ".join(f"{n} {s}" for s, n in r["by_status"].items())
          + f"; {r['skipped']} left out; {r['requests']} requests, {r['retries']} retries")
    print(f"happened   {r['reloads']} reloads, {r['refused']} refused; {r['shifts']} times devices "
          f"went or came back; each restarts every {REBOOT} s")
    print(f"memory     {m['after_warm_up_kib'] / 1024:.2f} MiB after {m['warm_up_s']:.0f} s, "
          f"{m['at_the_end_kib'] / 1024:.2f} MiB at the end, peak {m['peak_kib'] / 1024:.2f}; "
          f"{m['slope_kib_per_minute']:+.2f} KiB a minute (error {m['slope_error']:.2f}): "
          f"{'flat' if m['flat'] else 'NOT FLAT'}; open files {m['files']}")
    print(f"values     {r['values']} compared with those of their devices"
          if r["values"] else "values     not compared: check_values is not built")
    print(f"wrong      {len(r['problems']) or 'nothing'}")
    for problem in r["problems"]:
        print(f"  {problem}")
    print(r["summary"])
