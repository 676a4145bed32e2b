#!/usr/bin/env python3
"""sonde simulate --record: a recorded snmpd, read back by snmpsim and by our own simulator, gives
the walk that was recorded; nothing secret is in it; scrambling is consistent."""
# ctest: timeout=300
import os
import re

import _lab
import _lab_v3
import _netsnmp
from _lab import SECRET, Run, Silent, check

SYSTEM, INTERFACES, ADDRESSES = "1.3.6.1.2.1.1", "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.4"
# What another moment changes.
MOVING = re.compile(r"1\.3\.6\.1\.2\.1\.(1\.3\.0|1\.9\.1\.4\.|2\.2\.1\.(9|1[0-9]|20)\.)")
NAMES = {2: "INTEGER", 4: "OCTET STRING", 5: "NULL", 6: "OBJECT IDENTIFIER", 64: "IpAddress",
         65: "Counter32", 66: "Gauge32", 67: "TimeTicks", 68: "Opaque", 70: "Counter64"}


def record(lab, agent, name, *args, status=0, version=("-c", "${COMMUNITY}")):
    """Makes a recording; what the program said."""
    run = Run(lab, ["simulate", "--record", agent.target(), "-o", name, *version, *args],
              env={**os.environ, "COMMUNITY": SECRET})
    ended = run.wait(60)
    check(ended == status, f"status {ended}: {run.err}")
    return run.err


def read(lab, name):
    """{OID: (type, value)} of a recording, by other code than ours, in the order of the file."""
    found = {}
    for line in lab.read(lab.path(name)).splitlines():
        oid, tag, value = line.split("|", 2)
        kind = NAMES[int(tag.rstrip("x"))]
        check(oid not in found, f"{oid} twice")
        if tag.endswith("x"):
            found[oid] = kind, bytes.fromhex(value)
        elif kind == "OCTET STRING":
            found[oid] = kind, value.encode()
        elif kind in ("OBJECT IDENTIFIER", "IpAddress", "NULL"):
            found[oid] = kind, value
        else:
            found[oid] = kind, int(value)
    return found


def arcs(oid):
    """An OID as it is compared."""
    return [int(a) for a in oid.split(".")]


def walk(agent, oid, version="2c"):
    """What Net-SNMP's walk says."""
    program = "snmpwalk" if version == "1" else "snmpbulkwalk"
    done = agent.ask(program, version, "127.0.0.1", oid, options=["-t5"])
    check(done.returncode == 0, done.stderr)
    return {oid: (kind, value) for oid, kind, value in _netsnmp.read(done.stdout)}


def holds_what_net_snmp_reads_of_the_agent(lab):
    """All names of some tables; all values that do not move."""
    agent = lab.agent()
    said = record(lab, agent, "a.snmprec")
    ours = read(lab, "a.snmprec")
    check(re.search(r"\d+ objects, \d+ requests", said), said)
    check(list(ours) == sorted(ours, key=arcs), "not in order")
    check(len(ours) > 500, f"only {len(ours)} objects")
    for subtree in (SYSTEM, INTERFACES, "1.3.6.1.2.1.31.1.1.1.1", "1.3.6.1.2.1.4.20"):
        theirs = walk(agent, subtree)
        mine = {o: v for o, v in ours.items() if o.startswith(subtree + ".")}
        check(theirs and set(theirs) == set(mine), f"{set(theirs) ^ set(mine)}")
        wrong = [o for o in theirs if not MOVING.match(o) and theirs[o] != mine[o]]
        check(not wrong, f"{[(o, theirs[o], mine[o]) for o in wrong[:5]]}")


def is_read_back_by_snmpsim(lab):
    """The whole of it, value by value."""
    _lab.tool("snmpsimd")
    record(lab, lab.agent(), "a.snmprec", "--stop", "1.3.6.1.2.1.25.4")
    text = lab.read(lab.path("a.snmprec"))
    # the simulator is asked for sysName to see that it is there
    served = _lab_v3.Simulator(lab, [], text)
    compare(read(lab, "a.snmprec"), walk(served, "1.3.6"))


def is_read_back_by_our_own_simulator(lab):
    """The same."""
    record(lab, lab.agent(), "a.snmprec", "--stop", "1.3.6.1.2.1.25.4")
    sim = lab.simulate("-d", lab.path("a.snmprec"), "-l", "127.0.0.1:0", "-c", "a")
    done = sim.ask("snmpbulkwalk", sim.peer(), "1.3.6", credentials=("-c", "a"))
    check(done.returncode == 0, done.stderr)
    found = {oid: (kind, value) for oid, kind, value in _netsnmp.read(done.stdout)}
    compare(read(lab, "a.snmprec"), found)


def compare(recorded, served):
    """Every recorded object, and no other. Opaque floats are shown as numbers: not compared."""
    missing = set(recorded) - set(served)
    more = set(served) - set(recorded)
    opaque = {o for o, (kind, _) in recorded.items() if kind == "Opaque"}
    check(not missing - opaque, f"missing: {sorted(missing, key=arcs)[:10]}")
    check(not more, f"more: {sorted(more, key=arcs)[:10]}")
    wrong = [o for o in served if o not in opaque and served[o] != recorded[o]]
    check(not wrong, f"{[(o, recorded[o], served[o]) for o in wrong[:5]]}")
    check(len(served) > 200, f"only {len(served)} objects")


def every_version_records_the_same(lab):
    """v1 by GETNEXT, v2c, and v3; Counter64 is not there in v1."""
    some = _lab_v3.user("SHA", "AES")
    agent = lab.agent(extra=_lab_v3.snmpd_users([some]))
    secret = ("-v3", "-u", some.name, "-a", "SHA", "-x", "AES", "-A", some.auth_key, "-X",
              some.priv_key)
    found = []
    for name, version in (("1", ("-v1", "-c", "${COMMUNITY}")), ("2", ("-c", "${COMMUNITY}")),
                          ("3", secret)):
        record(lab, agent, name, "--start", "1.3.6.1.2.1", "--stop", "1.3.6.1.2.1.3",
               version=version)
        found.append(read(lab, name))
    check(set(found[0]) == set(found[1]) == set(found[2]), "other names")
    check(len(found[0]) > 50, f"{len(found[0])} objects")


def users_and_communities_are_left_out(lab):
    """Though the agent shows its tables of them. What the program wrote is searched for the
    community after each test; a scrambling key is looked for here."""
    some = _lab_v3.user("SHA", "AES", name="somebody")
    agent = lab.agent(extra=_lab_v3.snmpd_users([some]) + f"\nsysContact {SECRET}\n"
                      f"com2sec reader default {SECRET}\n")
    said = record(lab, agent, "a.snmprec", "--scramble", "a long scrambling key")
    ours = read(lab, "a.snmprec")
    check("left out: users, communities, command lines" in said, said)
    secret = [o for o in ours if re.match(r"1\.3\.6\.1\.6\.3\.(15\.1\.2|16\.1\.2|18\.1)\.", o)
              or o.startswith("1.3.6.1.2.1.25.4.2.1.5.")]
    check(not secret, f"{secret[:5]}")
    check("1.3.6.1.2.1.1.4.0" not in ours, "sysContact is our community")
    text = lab.read(lab.path("a.snmprec"))
    check("somebody" not in text and "scrambling" not in text, "something secret")
    check(os.stat(lab.path("a.snmprec")).st_size > 10000, "there is something to look at")


def scrambles_the_same_way_each_time(lab):
    """Addresses in values and indexes agree; names are gone; another key gives others."""
    agent = lab.agent(extra="sysContact somebody@example.net\nsysLocation cellar\n")
    stop = ("--stop", "1.3.6.1.2.1.4.21")
    record(lab, agent, "plain", *stop)
    for name, key in (("one", "key number one"), ("again", "key number one"), ("two", "other key")):
        record(lab, agent, name, "--scramble", key, *stop)
    plain, one, again, two = (read(lab, n) for n in ("plain", "one", "again", "two"))
    check(list(one) == list(again), "other names for the same key")
    check(list(one) == sorted(one, key=arcs), "not in order")
    for oid in (f"{SYSTEM}.4.0", f"{SYSTEM}.5.0", f"{SYSTEM}.6.0"):
        check(one[oid] == again[oid] != plain[oid], f"{oid}: {one[oid]}")
        check(one[oid] != two[oid], f"{oid}: the key does not matter")
    check(one[f"{SYSTEM}.1.0"] == plain[f"{SYSTEM}.1.0"], "sysDescr stays")
    column = f"{ADDRESSES}.20.1.1."
    for oid, (_, value) in one.items():
        if oid.startswith(column):
            check(oid == column + value, f"{oid} has {value}")
    check(f"{column}127.0.0.1" in one, "loopback stays")
    macs = {o: v for o, (_, v) in plain.items() if o.startswith(f"{INTERFACES}.6.") and any(v)}
    for oid, mac in macs.items():
        check(len(one[oid][1]) == len(mac) and one[oid][1] != mac, f"{oid}: {one[oid]}")


def a_failure_leaves_the_file_that_was_there(lab):
    """No answer, a wrong community, a folder that is not there; and nothing lies about."""
    silent = Silent(lab)
    lab.write("a.snmprec", "old\n")
    run = Run(lab, ["simulate", "--record", silent.target, "-o", "a.snmprec", "--timeout", "50ms"])
    check(run.wait() == 1 and "no answer in time" in run.err, run.err)
    check(lab.read(lab.path("a.snmprec")) == "old\n", "it was touched")
    record(lab, lab.agent(), "no/such/folder", "--stop", "1.3.6.1.2.1.2", status=1)
    left = [n for n in os.listdir(lab.dir) if n.startswith("a.snmprec.")]
    check(not left, f"{left}")
    for args, why in ((("--record", "127.0.0.1"), "-o FILE"),
                      (("--record", "127.0.0.1", "-o", "x", "--start", "sys"), "--start"),
                      (("--record", "127.0.0.1", "-o", "x", "--timeout", "0s"), "--timeout"),
                      (("--record", "127.0.0.1", "-o", "x", "-v4"), "-v"),
                      (("--record", "224.0.0.1", "-o", "x"), "multicast"),
                      (("--record", "127.0.0.1", "-o", "x", "y"), "unexpected")):
        run = Run(lab, ["simulate", *args])
        check(run.wait() == 2 and why in run.err, f"{args}: {run.process.returncode} {run.err}")


_lab.main(holds_what_net_snmp_reads_of_the_agent,
          is_read_back_by_snmpsim,
          is_read_back_by_our_own_simulator,
          every_version_records_the_same,
          users_and_communities_are_left_out,
          scrambles_the_same_way_each_time,
          a_failure_leaves_the_file_that_was_there)
