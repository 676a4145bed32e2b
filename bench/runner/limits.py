"""The parts floor, workloads and peers: each workload by all who can do it, in turn, in the same
minutes. The first line of a table is the base of its ratios: the bare client where it runs, else
sonde."""
from . import lines, slices
from .workloads import QUICK, WORKLOADS, Devices

TRIAL = 0.5  # s


def _lines(devices, parts, skipped):
    """All that take part, the base first."""
    w = devices.workload
    found = lines.floors(devices) if w.floor else []
    found.append(lines.Sonde(devices))
    found += [lines.Sonde(devices, name, changes) for name, changes in w.beside]
    if w.peers and "peers" in parts:
        found += [peer for peer in lines.peers_of(devices, skipped) if _works(peer, skipped)]
    return found


def _works(peer, skipped):
    """Whether a peer gets through a short slice; why not goes to skipped."""
    try:
        peer.run(slices.Slice(), TRIAL)
        return True
    except slices.Wrong as e:
        skipped[peer.name] = str(e)
        return False


def _best_floor(figures):
    """Drops the dearer mode of the bare client; both are returned."""
    modes = {name: figures[name] for name in figures if name.startswith("bare kernel")}
    best = min(modes, key=lambda name: modes[name]["us_per_request"]["median"], default=None)
    for name in modes:
        if name != best:
            del figures[name]
    return best, modes


def _one(lab, workload, parts, opt):
    """All slices of a workload."""
    skipped = {}
    seconds = opt.seconds if opt.quick else max(opt.seconds, workload.seconds)
    devices = Devices(lab, workload)
    try:
        found = _lines(devices, parts, skipped)
        done = slices.interleave(devices, found, opt, seconds, 1 if workload.long else None)
        base = found[0]
        figures, taken = slices.summarize(found, done, base)
        best, modes = _best_floor(figures)
        if best and best != base.name:
            base = next(line for line in found if line.name == best)
            figures, taken = slices.summarize(found, done, base)
            _best_floor(figures)
        return {"title": workload.title, "devices": workload.devices, "version": workload.version,
                "interfaces": workload.interfaces, "interval_s": workload.interval,
                "faults": workload.faults, "base": base.name, "seconds": seconds,
                "slices": taken, "floor_modes": modes, "cases": figures, "skipped": skipped}
    finally:
        devices.close()


def wanted(parts, opt):
    """The workloads of the parts asked for."""
    found = [w for w in WORKLOADS if "workloads" in parts or "floor" in parts and w.floor
             or "peers" in parts and w.peers]
    if opt.quick:
        return [w.small() for w in found if w.name in QUICK]
    return [w for w in found if (w.name in opt.workload if opt.workload else not w.long)]


def compare(lab, parts, opt):
    """{workload: its figures}, and {workload: what was wrong}. Each is printed as soon as it is
    there."""
    result, wrong = {}, {}
    for workload in wanted(parts, opt):
        try:
            result[workload.name] = _one(lab, workload, parts, opt)
        except slices.Wrong as e:
            wrong[workload.name] = str(e)
            print(f"\n{workload.name}: {workload.title}: wrong: {e}")
            continue
        print_table(workload.name, result[workload.name], opt)
    return result, wrong


def _median(case, key, scale=1.0, form=">9.2f"):
    """A figure of a line, or as much room."""
    width = form.lstrip(">").split(".", maxsplit=1)[0]
    return format(case[key]["median"] * scale, form) if key in case else " " * int(width)


def print_table(name, result, opt):
    """For people."""
    taken = result["slices"]
    pause = f"every {result['interval_s']:g} s" if result["interval_s"] else "without a pause"
    print(f"\n{name}: {result['title']}; {result['devices']} device"
          f"{'' if result['devices'] == 1 else 's'}, {pause}; medians of {taken['slices']} slices "
          f"of {result['seconds']:g} s ({taken['quiet']} of {taken['taken']} rounds quiet)")
    head = ("", "requests/s", "varbinds/s", "us/request", "s/Mvarbind", "ratio", "p5", "p95",
            "peak MB", "late p99")
    print("{:<22} {:>10} {:>11} {:>10} {:>10} {:>7} {:>6} {:>6} {:>8} {:>8}".format(*head))
    for line, case in result["cases"].items():
        ratio = case["ratio"]
        print(f"{line:<22} {_median(case, 'requests_per_second', 1, '>10.0f')} "
              f"{_median(case, 'varbinds_per_second', 1, '>11.0f')} "
              f"{_median(case, 'us_per_request', 1, '>10.2f')} "
              f"{_median(case, 'us_per_varbind', 1, '>10.3f')} "
              f"{ratio['median']:>7.2f} {ratio['p5']:>6.2f} {ratio['p95']:>6.2f} "
              f"{_median(case, 'peak_rss', 1 / (1 << 20), '>8.1f')} "
              f"{_median(case, 'late_p99_ms', 1, '>8.2f')}")
    sonde = result["cases"]["sonde"]
    if result["devices"] == 1:
        print(f"a round takes sonde {sonde['round_p50_ms']['median']:.0f} ms")
    for peer, why in result["skipped"].items():
        print(f"{peer}: {why}")
    slices.warn(taken, opt)


def print_targets(result, quick):
    """What the project holds itself to, as far as it was measured: returned, and printed unless
    the figures mean nothing."""
    found = []
    if "get" in result:
        ratio = result["get"]["cases"]["sonde"]["ratio"]
        found.append(("CPU per GET of ten to that of the bare kernel", ratio["median"], 1.15))
    for name, most in (("get-10k", 3.0), ("get-50k", 1.5)):
        if name in result:
            cases = result[name]["cases"]
            found.append((f"CPU per request at {name[4:-1]},000/s to that without a pause",
                          cases["sonde"]["us_per_request"]["median"] /
                          cases["sonde, no pause"]["us_per_request"]["median"], most))
    for name, most in (("walk", 0.20), ("walk-v3", 0.30)):
        if name in result:
            found.append((f"CPU s per million varbinds, {name}",
                          result[name]["cases"]["sonde"]["us_per_varbind"]["median"], most))
    if "walk-v3" in result:
        found.append(("walk by SNMPv3 to walk by v2c",
                      1 / result["walk-v3"]["cases"]["sonde, v2c"]["ratio"]["median"], 1.5))
    if "engines" in result:
        found.append(("GET by SNMPv3, 10,000 engines to 100",
                      1 / result["engines"]["cases"]["sonde, 100 engines"]["ratio"]["median"], 1.1))
    if "big-50ms" in result:
        found.append(("s for a round of 20,000 interfaces, 50 ms away",
                      result["big-50ms"]["cases"]["sonde"]["round_p50_ms"]["median"] / 1e3, 2.0))
    if "get-250ms" in result:
        found.append(("answers dropped at the socket, 50,000 under way",
                      result["get-250ms"]["cases"]["sonde"]["socket_drops"]["median"], 0))
    if "dead-0" in result and "dead-30" in result:
        late = [result[name]["cases"]["sonde"]["late_p99_ms"]["median"]
                for name in ("dead-0", "dead-30")]
        found.append(("p99 lateness of all devices, 30 % of them dead to none",
                      late[1] / max(late[0], 0.01), 1.1))
    if found and not quick:
        print(f"\n{'what':<58} {'measured':>9} {'aim':>7}")
        for what, value, most in found:
            print(f"{what:<58} {value:>9.2f} {'<= ' + format(most, '.2f'):>7}"
                  f"{'' if value <= most else '   not reached'}")
    return [{"what": what, "measured": value, "aim": most} for what, value, most in found]
