#!/usr/bin/env python3
"""The oracle of /snmp: snmp_exporter and sonde scrape the same simulated devices with the same module
files, and the series are equal: name, type, help, labels, value. The devices are recordings of real
ones, the modules those of tests/data/exporter_modules.yml and, where it is at hand, snmp_exporter's
own snmp.yml; each module with each device that has anything of it. And interfaces of a real snmpd.

What may differ is in WANTED, with the reason. All else fails, in groups of what, module and metric.

Environment: SONDE_TEST_FULL, large recordings as well; SONDE_ORACLE_MODULES, only modules that match
this expression; SONDE_SNMP_EXPORTER, SONDE_SNMP_YML: see _exporter.py."""
# ctest: timeout=900
import collections
import concurrent.futures
import os
import re

import _exporter
import _lab
from _exporter import Difference, Exporter, Sonde, differences, parse
from _lab import Failure, Skip, check

FULL = bool(os.environ.get("SONDE_TEST_FULL"))
ONLY = re.compile(os.environ.get("SONDE_ORACLE_MODULES", ""))
LARGEST = 1 << 30 if FULL else 420_000  # octets of a recording
FEWEST = 100  # devices
AT_ONCE = 4  # scrapes
SHOWN = 40  # groups of differences that are printed

OWN = ("snmp_scrape_walk_duration_seconds", "snmp_scrape_packets_sent",
       "snmp_scrape_packets_retried", "snmp_scrape_pdus_returned", "snmp_scrape_duration_seconds")

WHOLE = ("sonde_scrape_complete", "sonde_scrape_table_complete")

# What is different in one module, with one device or with all of them.
ODD = {
    ("system_instances", "cips.snmprec"):
        "a walk of an instance behind which the device has nothing: the exporter ends without it",
}
# Devices that answer NULL to counters and states.
NULLS = ("iqnos_mtc6.snmprec", "dnos_s4048.snmprec")


def is_padded(d):
    """theirs is ours and noughts."""
    return (d.theirs and d.ours and d.ours.startswith("0x") and d.theirs.startswith(d.ours)
            and set(d.theirs[len(d.ours):]) == {"0"})


def is_null(device, d):
    """The reason if the exporter made a value of NULL."""
    return (device in NULLS and d.kind in ("missing", "family missing")
            and set(d.theirs) <= {0.0, 1.0}  # 1: a text
            and "a NULL is no value: the exporter makes it 0, or a text without letters")


# Why a difference is right: (reason, whether it is one of those), the latter from the exporter's
# version, the module and the difference.
WANTED = (
    ("what a scrape took is each program's own, and how it says so",
     lambda version, module, d: d.metric in OWN and d.kind in ("value", "help")),
    ("sonde says of each scrape and table whether it is whole: the exporter knows all or nothing",
     lambda version, module, d: d.kind == "family extra" and d.metric in WHOLE),
    ("several modules are one round for sonde, so its samples of that are of all of them",
     lambda version, module, d: d.metric in OWN and "," in module.name),
    ("octets that a length asks for and nobody has sent: the exporter makes up noughts, 256 of them "
     "if need be; sonde as many as a name can have",
     lambda version, module, d: d.kind.startswith("label ") and is_padded(d)),
    ("the exporter before 0.23 has no label module on its own samples",
     lambda version, module, d: d.metric in OWN and version < _exporter.AUTH_SPLIT),
    ("the exporter before 0.30 writes TimeTicks as text like this: %!s(uint32=5)",
     lambda version, module, d: version < (0, 30) and d.kind.startswith("label ")
     and "%!s(uint32=" in d.text),
)


def why_wanted(version, module, device, d):
    """The reason why a difference is right; None: it is not."""
    return next((reason for reason, applies in WANTED if applies(version, module, d)),
                is_null(device, d) or ODD.get((module.name, device)) or ODD.get((module.name, None)))


# What came of a scrape of both: why the exporter had no answer, or the differences.
Result = collections.namedtuple("Result", "module device refused differences series")


class Tally:
    """What came of all scrapes with one exporter."""

    def __init__(self, name, version):
        self.name, self.version = name, version
        self.scrapes = self.compared = self.series = 0
        self.devices, self.modules, self.all_modules = set(), set(), set()
        self.refused, self.wanted = collections.Counter(), collections.Counter()
        self.groups = {}  # (kind, module, metric): [how many, first example]

    def add(self, result):
        """Counts one."""
        self.scrapes += 1
        if result.refused:
            self.refused[result.refused] += 1
            return
        self.compared += 1
        self.series += result.series
        self.modules.add(result.module.name)
        self.devices.add(result.device)
        for d in result.differences:
            reason = why_wanted(self.version, result.module, result.device, d)
            if reason:
                self.wanted[reason] += 1
            else:
                key = d.kind, result.module.name, d.metric
                self.groups.setdefault(key, [0, f"{result.device}: {d.text}"])[0] += 1

    def tell(self):
        """Prints it."""
        print(f"    {self.name}: {self.compared} of {self.scrapes} scrapes compared, "
              f"{len(self.modules)} modules, {len(self.devices)} devices, {self.series} series")
        for reason, count in self.refused.most_common(12):
            print(f"      no answer of the exporter, {count} times: {reason}")
        for reason, count in self.wanted.most_common():
            print(f"      wanted, {count} times: {reason}")
        groups = sorted(self.groups.items(), key=lambda item: (item[0][0], -item[1][0]))
        for (kind, module, metric), (count, example) in groups[:SHOWN]:
            print(f"      DIFFERENT {kind}, {count} times: {module}/{metric}\n"
                  f"        {example[:600]}")

    def judge(self):
        """Fails if there is a difference."""
        count = sum(group[0] for group in self.groups.values())
        check(not count, f"{self.name}: {count} differences in {len(self.groups)} groups")


def refusal(text):
    """The reason in an exporter's error, without what is different in each."""
    text = re.sub(r"\{ ?(name|label):.*\}", "{...}", text, flags=re.S)
    return re.sub(r"\d+(\.\d+)*", "N", re.sub(r'"[^"]*"', '"..."', text)).strip()[:400]


def read(where, answer):
    """An exposition of ours, which must be a right one whatever the device says; None: refused."""
    status, text, kind = answer
    check(status in (200, 500), f"{where}: sonde answers {status}: {text[:300]}")
    if status == 500:
        return None
    check(kind.startswith("text/plain"), f"{where}: {kind}")
    try:
        return parse(text)
    except _exporter.Bad as e:
        raise Failure(f"{where}: {e}") from None


def compare(exporter, sonde, module, target, device, auth="v2", **more):
    """One scrape of each."""
    status, theirs, _ = exporter.scrape(target, module.name, auth, **more)
    answer = sonde.scrape(target, module.name, auth, **more)
    ours = read(f"{module.name} of {device} ({target}, {auth})", answer)
    if status != 200:
        return Result(module, device, refusal(theirs) or "nothing", [], 0)
    theirs = parse(theirs)
    found = [Difference("no answer", "", answer[1][:400])] if ours is None else \
        list(differences(theirs, ours))
    return Result(module, device, None, found, sum(len(f.samples) for f in theirs.values()))


def sweep(exporter, sonde, name, work):
    """Compares all of work, (module, target, device, auth) each, and tells."""
    tally = Tally(f"{name}, {exporter.name}", exporter.program.version)
    tally.all_modules = set(exporter.modules)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for future in concurrent.futures.as_completed(
                [pool.submit(compare, exporter, sonde, *one) for one in work]):
            tally.add(future.result())
    for module, target, why in exporter.deaths:
        print(f"      the exporter died of {module} of {target}: {why}")
    tally.tell()
    return tally


def choose(modules):
    """The recordings that are not too large, and of the others one for each module that would have
    none."""
    found = sorted(_exporter.recordings(), key=lambda r: r.size)
    chosen = [r for r in found if r.size <= LARGEST]
    check(len(chosen) >= FEWEST, f"only {len(chosen)} recordings")
    for module in modules:
        fitting = [r for r in found if module.fits(r)]
        if fitting and fitting[0] not in chosen:
            chosen.append(fitting[0])
    return chosen


def sweep_file(lab, path, programs):
    """All modules of a file with all devices that they fit, with each exporter. Their tallies."""
    modules = {n: m for n, m in _exporter.read_modules(path).items() if ONLY.search(n)}
    recordings = choose(modules.values())
    targets = _exporter.simulate(lab, recordings)
    sonde = Sonde(lab, path)
    tallies = []
    for program in programs:
        exporter = Exporter(lab, program, path, modules)
        work = [(module, target, os.path.basename(recording.path))
                for target, recording in targets.items() for module in exporter.modules.values()
                if module.fits(recording)]
        tallies.append(sweep(exporter, sonde, os.path.basename(path), work))
    for tally in tallies:
        tally.judge()
    return tallies


def are_the_same_for_modules_that_use_everything(lab):
    """The modules of this repository, with every exporter there is."""
    for tally in sweep_file(lab, _exporter.MODULES, _exporter.programs()):
        if not ONLY.pattern:
            check(len(tally.devices) >= FEWEST, f"only {len(tally.devices)} devices")
            idle = tally.all_modules - tally.modules
            check(len(tally.modules) >= 50 and not idle, f"of no use: {idle}")


def are_the_same_for_the_modules_that_come_with_the_exporter(lab):
    """Its own snmp.yml, with the newest exporter."""
    path = _exporter.default_modules()
    if not path:
        raise Skip("no snmp.yml of snmp_exporter (SONDE_SNMP_YML, bench/run --install-peers)")
    for tally in sweep_file(lab, path, _exporter.programs()[:1]):
        if not ONLY.pattern:
            check(len(tally.devices) >= FEWEST, f"only {len(tally.devices)} devices")


def new_enough(version):
    """The newest exporter, which must be at least this."""
    program = _exporter.programs()[0]
    if program.version < version:
        raise Skip(f"{program.name} is too old (bench/run --install-peers)")
    return program


def small_recordings():
    """Some forty."""
    return [r for r in _exporter.recordings() if r.size <= 60_000][:40]


def are_the_same_by_every_version_of_the_protocol(lab):
    """SNMPv1, v2c and v3, another context among them."""
    program = new_enough((0, 26))
    modules = _exporter.read_modules(_exporter.MODULES)
    recordings = small_recordings()
    targets = _exporter.simulate(lab, recordings)
    exporter = Exporter(lab, program, _exporter.MODULES, modules)
    sonde = Sonde(lab, _exporter.MODULES)
    names = ("system", "system_get", "interfaces", "interfaces_get", "interfaces_up",
             "ip_addresses", "arp", "hr_storage", "entities")
    work = [(modules[name], target, os.path.basename(recording.path), auth)
            for target, recording in targets.items() for name in names
            for auth in ("v1", "v3") if modules[name].fits(recording)]
    tally = sweep(exporter, sonde, "v1 and v3", work)
    # at every device each recording is a context
    target, recording = list(targets.items())[0]
    other = sorted(name for name in os.listdir(lab.path("data")))[5].rsplit(".", 1)[0]
    for context in ("", other):
        tally.add(compare(exporter, sonde, modules["system"], target, f"context {context!r}", "v3",
                          snmp_context=context))
    tally.tell()
    check(exporter.scrape(target, "system", "v3")[1] !=
          exporter.scrape(target, "system", "v3", snmp_context=other)[1], "one context")
    check(tally.compared > 100, f"only {tally.compared} scrapes")
    tally.judge()


def are_the_same_for_several_modules_at_once(lab):
    """One request for several modules; and the same series in two of them."""
    program = new_enough((0, 24))
    modules = _exporter.read_modules(_exporter.MODULES)
    targets = _exporter.simulate(lab, small_recordings())
    exporter = Exporter(lab, program, _exporter.MODULES, modules)
    sonde = Sonde(lab, _exporter.MODULES)
    tally = Tally(f"several modules, {exporter.name}", program.version)
    for names in ("system,interfaces,ip_addresses", "snmp,nothing,,snmp,hr_storage",
                  "entities,entity_sensors", "system,system_get"):
        module = _exporter.Module(names, [])
        for target, recording in list(targets.items())[:25]:
            tally.add(compare(exporter, sonde, module, target, os.path.basename(recording.path)))
    tally.tell()
    check(tally.compared >= 60, f"only {tally.compared} scrapes")
    tally.judge()


QUERIES = ("", "?module=system&auth=v2", "?target=127.0.0.1&target=127.0.0.2&auth=v2&module=system",
           "?target=127.0.0.1&module=unheard_of&auth=v2", "?target=127.0.0.1&module=system",
           "?target=127.0.0.1&module=system,unheard_of&auth=v2", "?target=&module=system&auth=v2",
           "?target=127.0.0.1&module=system&auth=unheard_of",
           "?target=127.0.0.1&module=system&auth=v2&auth=v1",
           "?target=127.0.0.1&module=system&auth=v2&snmp_context=a&snmp_context=b",
           "?target=127.0.0.1:999999&module=system&auth=v2")


def refuse_the_same_requests(lab):
    """By the same status; and a device that does not answer is no success."""
    program = new_enough((0, 30))
    exporter = Exporter(lab, program, _exporter.MODULES,
                        _exporter.read_modules(_exporter.MODULES))
    sonde = Sonde(lab, _exporter.MODULES)
    for query in QUERIES:
        theirs, ours = exporter.get(f"/snmp{query}"), sonde.get(f"/snmp{query}")
        # a port beyond 65535 is cut to 16 bits by 0.30.1
        check(theirs[0] == ours[0] or "999999" in query and ours[0] in (400, 500),
              f"{query}: {theirs[:2]}, ours {ours[:2]}")
    silent = _lab.Silent(lab).target
    theirs, ours = exporter.scrape(silent, "impatient"), sonde.scrape(silent, "impatient")
    check(theirs[0] == ours[0] == 500, f"silence: {theirs[:2]}, ours {ours[:2]}")


def between(version, module, before, ours, after):
    """What ours says that is not between two answers of the exporter."""
    for d in differences(before, ours):
        one, mine, other = (x.get(d.metric) for x in (before, ours, after))
        if why_wanted(version, module, None, d):
            continue
        if d.kind != "value" or one.samples.keys() != other.samples.keys():
            yield d
            continue
        for labels, value in mine.samples.items():
            low, high = one.samples[labels], other.samples[labels]
            # a counter may have passed its end
            if not (min(low, high) <= value <= max(low, high) or
                    one.kind == "counter" and high < low and (value >= low or value <= high)):
                yield Difference("value", d.metric, f"{value:.17g}, not {low:.17g} to {high:.17g}")


def are_the_same_for_interfaces_of_a_real_agent(lab):
    """Its counters move: the exporter is asked before and after."""
    agent = lab.agent(extra='sysContact "Zoë" <a\\b@example.org>\nsysLocation Köln, {"x":1}')
    for program in _exporter.programs():
        modules = _exporter.read_modules(_exporter.MODULES)
        exporter = Exporter(lab, program, _exporter.MODULES, modules)
        sonde = Sonde(lab, _exporter.MODULES)
        auths = ("v1", "v2") if program.version >= _exporter.AUTH_SPLIT else ("v2",)
        for auth, name in [(a, n) for a in auths for n in ("interfaces", "system", "ip_addresses")]:
            before = exporter.scrape(agent.target(), name, auth)
            ours = read(name, sonde.scrape(agent.target(), name, auth))
            after = exporter.scrape(agent.target(), name, auth)
            check(before[0] == after[0] == 200 and ours, f"{name}: {before} {after}")
            before, after = parse(before[1]), parse(after[1])
            wrong = list(between(program.version, modules[name], before, ours, after))
            check(not wrong, f"{program.name}, {name} by {auth}: {len(wrong)} differences: {wrong[:8]}")
            check(len(before) > len(OWN), f"{name}: only {len(before)} metrics")


EXPOSITION = ('# HELP a what "a" is\n# TYPE a gauge\na{x="1",y="b\\"\\\\\\n"} 1\na{x="2"} NaN\n'
              "# HELP b what\n# TYPE b counter\nb 5\nc 1e+06\n")
PLANTED = (("type", "b counter", "b gauge"), ("help", "b what", "b something"),
           ("value", "b 5", "b 5.000000000000001"), ("value", "NaN", "2"), ("missing", 'a{x="2"} NaN\n', ""),
           ("extra", "b 5", 'b 5\nb{z="1"} 5'), ("label x", 'a{x="1"', 'a{x="3"'),
           ("label y", ',y="b\\"\\\\\\n"', ""), ("family missing", "c 1e+06\n", ""),
           ("family extra", "c 1", "d 1\nc 1"))
SPOILED = (("b 5", "b 5\nb 5"), ("c 1e+06", "c 1e+06\nb{x=\"1\"} 5"), ("NaN", "none"),
           ('y="b', 'x="b'), ("TYPE b", "TYPE a"), ("1e+06\n", "1e+06"), ('="1"', '="1'))


def this_test_sees_every_kind_of_difference(_):
    """What is planted is found, what is no exposition is refused, and the rest is equal."""
    right = parse(EXPOSITION)
    same = EXPOSITION.replace("1e+06", "1000000").replace('x="1",y=', 'e="",x="1",y=')
    check(not list(differences(right, parse(same))), "it differs from itself")
    for kind, old, new in PLANTED:
        found = [d.kind for d in differences(right, parse(EXPOSITION.replace(old, new)))]
        check(found == [kind], f"{old!r} -> {new!r}: {found}, not {kind}")
    for old, new in SPOILED:
        try:
            parse(EXPOSITION.replace(old, new))
        except (_exporter.Bad, ValueError):
            continue
        raise Failure(f"{old!r} -> {new!r} is taken")


if __name__ == "__main__":
    _lab.main(this_test_sees_every_kind_of_difference,
              are_the_same_for_modules_that_use_everything,
              are_the_same_for_the_modules_that_come_with_the_exporter,
              are_the_same_by_every_version_of_the_protocol,
              are_the_same_for_several_modules_at_once, refuse_the_same_requests,
              are_the_same_for_interfaces_of_a_real_agent)
