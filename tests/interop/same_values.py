#!/usr/bin/env python3
"""Every varbind of ifTable, ifXTable and system that Net-SNMP's tools print is in sonde's JSON with
the same index, type and value, and nothing else is: v1 and v2c, IPv4 and IPv6, one snmpd.

The tools read before and after sonde; what moves (counters, uptime) must lie in between. Where the
test may have a network of its own, the agent has interfaces of several kinds and names to show."""
# ctest: timeout=300
import os
import shutil
import subprocess
import sys

import _lab
import _netsnmp
from _lab import check, rounds, rows

# The columns by their numbers, as RFC 2863 and RFC 3418 name them.
IF_ENTRY = ("ifIndex ifDescr ifType ifMtu ifSpeed ifPhysAddress ifAdminStatus ifOperStatus "
            "ifLastChange ifInOctets ifInUcastPkts ifInNUcastPkts ifInDiscards ifInErrors "
            "ifInUnknownProtos ifOutOctets ifOutUcastPkts ifOutNUcastPkts ifOutDiscards "
            "ifOutErrors ifOutQLen ifSpecific").split()
IF_X_ENTRY = ("ifName ifInMulticastPkts ifInBroadcastPkts ifOutMulticastPkts ifOutBroadcastPkts "
              "ifHCInOctets ifHCInUcastPkts ifHCInMulticastPkts ifHCInBroadcastPkts "
              "ifHCOutOctets ifHCOutUcastPkts ifHCOutMulticastPkts ifHCOutBroadcastPkts "
              "ifLinkUpDownTrapEnable ifHighSpeed ifPromiscuousMode ifConnectorPresent ifAlias "
              "ifCounterDiscontinuityTime").split()
SYSTEM = ("sysDescr sysObjectID sysUpTime sysContact sysName sysLocation sysServices "
          "sysORLastChange").split()
SYS_OR_ENTRY = "sysORIndex sysORID sysORDescr sysORUpTime".split()

NAMES = {"1.3.6.1.2.1.2.1": "ifNumber"}
for prefix, names in (("1.3.6.1.2.1.2.2.1", IF_ENTRY), ("1.3.6.1.2.1.31.1.1.1", IF_X_ENTRY),
                      ("1.3.6.1.2.1.1", SYSTEM), ("1.3.6.1.2.1.1.9.1", SYS_OR_ENTRY)):
    NAMES.update({f"{prefix}.{n}": name for n, name in enumerate(names, 1)})

SUBTREES = ("1.3.6.1.2.1.1", "1.3.6.1.2.1.2", "1.3.6.1.2.1.31.1.1")
SCALARS = [f"1.3.6.1.2.1.1.{n}.0" for n in range(1, 9)] + ["1.3.6.1.2.1.2.1.0"]

# What the agent says of itself: quotes, backslashes, letters beyond ASCII, no text at all.
ABOUT_ITSELF = ('sysContact "Zoë" <a\\b@example.org>\n'
                "sysLocation Köln, Schrank 7/2 {\"x\":1}\n"
                "sysName edge.example.org\n"
                "sysServices 78\n")


def parse(text):
    """{(name, index): (type, value)} of the tools' output."""
    found = {}
    for oid, kind, value in _netsnmp.read(text):
        column = max((p for p in NAMES if oid.startswith(p + ".")), key=len, default=None)
        check(column, f"a name this test does not know: {oid}")
        key = NAMES[column], oid[len(column) + 1:]
        check(key not in found, f"{oid} came twice")
        found[key] = kind, value
    return found


def ask_tools(agent, version, address):
    """What the tools see: walks of the subtrees and gets of the scalars, which must agree."""
    walk = "snmpbulkwalk" if version == "2c" else "snmpwalk"
    seen = {}
    for subtree in SUBTREES:
        answer = agent.ask(walk, version, address, subtree)
        check(answer.returncode == 0, f"{walk}: {answer.stderr}")
        seen.update(parse(answer.stdout))
    for oid in SCALARS:
        # One by one: in v1 a name that is not there fails the others with it.
        answer = agent.ask("snmpget", version, address, oid)
        got = parse(answer.stdout)
        check(set(got) <= set(seen), f"snmpget has {set(got) - set(seen)}, {walk} has not")
        for key, value in got.items():
            check(value[0] == seen[key][0], f"{key}: {value} and {seen[key]}")
    return seen


def from_json(recs):
    """{(name, index): (type, value)} of sonde's rows."""
    found = {}
    for r in rows(recs):
        check(r["types"].keys() == r["values"].keys(), f"types and values differ: {r}")
        check(not r.get("partial"), f"a partial row: {r}")
        for name, value in r["values"].items():
            key = name, r["index"]
            check(key not in found, f"{key} came twice")
            found[key] = r["types"][name], value
    return found


def render(name, value):
    """What a value of the tools reads as in JSON: how the shipped modules declare the column."""
    if name == "ifPhysAddress" and len(value) == 6:
        return value.hex(":").upper()
    return value.decode("utf-8") if isinstance(value, bytes) else value


def between(kind, before, value, after):
    """Whether a number lies between two readings; counters may have passed their end."""
    if kind in ("Counter32", "TimeTicks", "Counter64"):
        end = 2 ** (64 if kind == "Counter64" else 32)
        return (value - before) % end <= (after - before) % end
    return min(before, after) <= value <= max(before, after)


def differences(before, ours, after):
    """All that sonde says otherwise than the tools."""
    found = [f"{key} is missing" for key in before.keys() & after.keys() - ours.keys()]
    found += [f"{key} is not in the walk" for key in ours.keys() - before.keys() - after.keys()]
    for key in ours.keys() & before.keys() & after.keys():
        (kind, value), (k1, v1), (k2, v2) = ours[key], before[key], after[key]
        if not kind == k1 == k2:
            found.append(f"{key}: type {kind}, the tools say {k1}, {k2}")
        elif isinstance(v1, int):
            if not isinstance(value, int) or not between(kind, v1, value, v2):
                found.append(f"{key}: {value!r} is not between {v1} and {v2}")
        elif value not in (render(key[0], v1), render(key[0], v2)):
            found.append(f"{key}: {value!r}, the tools say {v1!r}, {v2!r}")
    return found


def compare(lab, version, address, name):
    """One version over one address."""
    agent = lab.agents[0]
    target = agent.target(address)
    lab.config([target], version=1 if version == "1" else 2, name=f"{name}.yaml")
    before = ask_tools(agent, version, address)
    run, status = lab.poll("-c", f"{name}.yaml", "--once")
    after = ask_tools(agent, version, address)
    check(status == 0, f"status {status}")
    check([r["round"]["status"] for r in rounds(run.records)] == ["ok"], f"{rounds(run.records)}")
    ours = from_json(run.records)
    wrong = differences(before, ours, after)
    check(not wrong, f"{len(wrong)} differences:\n      " + "\n      ".join(sorted(wrong)[:20]))
    interfaces = {i for n, i in ours if n == "ifIndex"}
    check(len(ours) > 20 * len(interfaces) > 0, f"only {len(ours)} values")
    for r in rows(run.records):
        if r["table"] == "if_mib_ifIndex":
            check(r["labels"]["ifIndex"] == r["index"] == str(r["values"]["ifIndex"]), f"{r}")
            check(r["labels"]["ifName"] == r["values"]["ifName"], f"{r}")
        elif r["table"] == "system_sysORIndex":
            check(r["labels"]["sysORIndex"] == r["index"], f"{r}")
        else:
            check(r["index"] == "0", f"{r}")
    print(f"    v{version} {target}: {len(ours)} values of {len(interfaces)} interfaces")
    return ours


def are_the_same_in_both_versions_over_both_protocols(lab):
    """One agent, four ways to ask it."""
    addresses = ["127.0.0.1"] + (["::1"] if _lab.has_ipv6() else [])
    lab.agent(addresses, extra=ABOUT_ITSELF)
    seen = {}
    for address in addresses:
        for version in ("1", "2c"):
            name = f"v{version}-{'ipv6' if ':' in address else 'ipv4'}"
            seen[name] = compare(lab, version, address, name)
    for name, ours in seen.items():
        kinds = {kind for kind, _ in ours.values()}
        check(("Counter64" in kinds) == name.startswith("v2c"), f"{name}: {kinds}")
        check(ours["sysContact", "0"][1] == '"Zoë" <a\\b@example.org>', f"{ours['sysContact', '0']}")
    if len(addresses) == 1:
        raise _lab.Skip("no IPv6 here; all is well over IPv4")


def are_the_same_when_a_whole_table_is_one_request_long_and_longer(lab):
    """Answers of any size cut the table at any row: nothing is lost or doubled at the seams."""
    agent = lab.agent()
    before = ask_tools(agent, "2c", "127.0.0.1")
    for size in (484, 700, 1400, 8000, 60000):
        lab.config([agent.target()], poll=f"max_reply_bytes: {size}", name=f"{size}.yaml")
        run, status = lab.poll("-c", f"{size}.yaml", "--once")
        check(status == 0, f"{size}: status {status}")
        after = ask_tools(agent, "2c", "127.0.0.1")
        wrong = differences(before, from_json(run.records), after)
        check(not wrong, f"{size}: {len(wrong)} differences: {sorted(wrong)[:10]}")
    check(len({i for n, i in before if n == "ifIndex"}) > 0, "no interfaces")


def are_the_same_when_the_agent_shows_only_a_part(lab):
    """Views without columns, rows or whole tables: what the walks lack is no row and no error."""
    if_entry, if_x_table = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1"
    for number, view in enumerate((("1.3.6.1.2.1.1", "1.3.6.1.2.1.2"),
                                   (if_x_table,),
                                   (f"{if_entry}.2", f"{if_entry}.10.1", "1.3.6.1.2.1.1.5"),
                                   (f"{if_entry}.22", f"{if_x_table}.1.1"),
                                   ("1.3.6.1.2.1.1.9.1.4", "1.3.6.1.2.1.31.1.5"),
                                   ("1.3.6.1.4.1",))):
        agent = lab.agent(view=view)
        for version in ("1", "2c"):
            before = ask_tools(agent, version, "127.0.0.1")
            lab.config([agent.target()], version=1 if version == "1" else 2)
            run, status = lab.poll("--once")
            wrong = differences(before, from_json(run.records),
                                ask_tools(agent, version, "127.0.0.1"))
            check(not wrong, f"{view}, v{version}: {len(wrong)} differences: {sorted(wrong)[:10]}")
            check(status == 0, f"{view}, v{version}: status {status}")
            check(bool(before) == (number < 5), f"the view {view} shows {len(before)} values")


MARK = "SONDE_TEST_OWN_NETWORK"


def own_network():
    """Runs this script again in a network namespace with some interfaces, where that is allowed."""
    path = _lab.TOOLS_PATH
    if not shutil.which("unshare", path=path) or not shutil.which("ip", path=path):
        return
    options = ["--net"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--net"]
    if subprocess.run(["unshare", *options, "true"], capture_output=True, check=False).returncode:
        return
    os.execvpe("unshare", ["unshare", *options, sys.executable, "-B", os.path.abspath(__file__),
                           *sys.argv[1:]], {**os.environ, MARK: "1"})


def make_interfaces():
    """Loopback and whatever kinds this kernel has. Nothing here is needed for the test to be right,
    it has more to compare."""
    def ip(*args):
        subprocess.run([_lab.tool("ip"), *args], capture_output=True, check=False)
    ip("link", "set", "lo", "up")
    for n in range(12):
        ip("link", "add", f"port{n}", "type", "veth", "peer", "name", f"far{n}")
        ip("link", "set", f"port{n}", "alias", f"uplink {n}, \"north\"")
        if n % 2:
            ip("link", "set", f"port{n}", "up")
    ip("link", "add", "br0", "type", "bridge")
    ip("link", "add", "dummy0", "type", "dummy")
    ip("link", "add", "link", "port0", "name", "port0.7", "type", "vlan", "id", "7")
    ip("tuntap", "add", "tun0", "mode", "tun")
    # Gaps in the numbers, as after years of changes.
    ip("link", "delete", "port3")


if os.environ.get(MARK):
    make_interfaces()
else:
    own_network()
_lab.main(are_the_same_in_both_versions_over_both_protocols,
          are_the_same_when_a_whole_table_is_one_request_long_and_longer,
          are_the_same_when_the_agent_shows_only_a_part)
