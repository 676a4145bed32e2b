#!/usr/bin/env python3
"""SNMPv3 against snmpsim, pysnmp's agent: 3DES and both ways to lengthen AES keys under every
authentication protocol, over IPv4 and IPv6, in a context, reading, walking and writing; and what it
makes of wrong credentials.

What is read is compared with what Net-SNMP's tools read in v2c of the same recording."""
# ctest: timeout=120
import _lab
import _lab_v3
from _lab import check
from _lab_v3 import (AUTHS, NOBODY, PRIVS, Probe, Simulator, ask_tools, check_cost, differences,
                     every_user, user)

SYSTEM, INTERFACES = "1.3.6.1.2.1.1", "1.3.6.1.2.1.2.2.1"
NAME, PLACE = f"{SYSTEM}.5.0", f"{SYSTEM}.6.0"
COLD = {"discoveries": 1, "resyncs": 1, "report_unknown_engine_ids": 1}
PORTS = 12


def recording():
    """snmpsim's format: OID|tag|value, sorted; every type, an object that can be written."""
    lines = [f"{SYSTEM}.1.0|4|a recording", f"{SYSTEM}.2.0|6|1.3.6.1.4.1.3955.1.1",
             f"{SYSTEM}.3.0|67|638239", f"{SYSTEM}.4.0|4x|c3a9005c22",
             f"{NAME}|4:writecache|value=name", f"{PLACE}|4|", f"{SYSTEM}.7.0|2|78"]
    columns = {1: "2|{n}", 2: "4|port {n}", 5: "66|4294967295", 6: "4x|0011223344{n:02x}",
               9: "67|{n}00", 10: "65|4294967{n:03d}", 22: "6|0.0"}
    for column, value in columns.items():
        lines += [f"{INTERFACES}.{column}.{n}|{value.format(n=n)}" for n in range(1, PORTS + 1)]
    lines += [f"1.3.6.1.2.1.4.20.1.1.127.0.0.{n}|64|127.0.0.{n}" for n in (1, 2)]
    lines += [f"1.3.6.1.2.1.31.1.1.1.6.{n}|70|18446744073709551{n:03d}"
              for n in range(1, PORTS + 1)]
    return "\n".join(lines) + "\n"


def reads_and_writes(agent, probe, some, at, theirs):
    """One user over one address, from first contact to a SET."""
    device = probe.device(agent, some, at, Simulator.CONTEXT)
    outcome = probe.do(f"get {device} {SYSTEM}.1.0 {SYSTEM}.3.0")
    wrong = [o for o in (f"{SYSTEM}.1.0", f"{SYSTEM}.3.0") if outcome.values.get(o) != theirs[o]]
    check(not wrong, f"{some.name}: {outcome}")
    check_cost(f"{some.name}: first contact", outcome, 1, **COLD)
    outcome = probe.do(f"walk {device} 1.3.6.1.2.1 30")
    found = differences(outcome.values, theirs)
    check(not found and not outcome.error, f"{some.name}: {outcome.error} {found[:10]}")
    check_cost(f"{some.name}: walk", outcome)
    text = f"{some.name}:{probe.devices}"
    outcome = probe.do(f"set {device} {NAME} s {text}")
    check(outcome.values == {NAME: ("OCTET STRING", text.encode())}, f"{some.name}: {outcome}")
    check_cost(f"{some.name}: SET", outcome)
    theirs[NAME] = "OCTET STRING", text.encode()
    outcome = probe.do(f"get {device} {NAME}")
    check(outcome.values == {NAME: theirs[NAME]}, f"{some.name}: after SET {outcome}")


def reads_walks_and_writes_under_every_protocol(lab):
    """Each user of the matrix over each address, in one process."""
    users = every_user(1)
    check(len(users) == 1 + len(AUTHS) * len(PRIVS), "the matrix has a hole")
    agent = Simulator(lab, users, recording())
    probe = Probe(lab)
    theirs = ask_tools(agent, "snmpbulkwalk", "1.3.6.1.2.1")
    check(len(theirs) == len(recording().splitlines()), f"the tools see {len(theirs)} objects")
    for at in range(len(agent.addresses)):
        for some in users:
            reads_and_writes(agent, probe, some, at, theirs)
    probe.end()
    print(f"    {len(users)} users, {probe.devices} contacts, {len(theirs)} objects walked")
    if len(agent.addresses) == 1:
        raise _lab.Skip("no IPv6 here; all is well over IPv4")


def survives_what_it_makes_of_wrong_credentials(lab):
    """snmpsim reports in clear only that a level is below the user's. It seals its Reports of wrong
    digests and decryption errors with the right keys, which we cannot have; it is silent about
    unknown users, levels above the user's and rubbish. Each ends, after few datagrams, in time."""
    good, plain = user("SHA", "3DES"), user("SHA256")
    agent = Simulator(lab, [good, plain, NOBODY], recording())
    probe = Probe(lab)
    probe.patience(1, 2)
    device = probe.device(agent, good, 0, Simulator.CONTEXT)
    check(NAME in probe.do(f"get {device} {NAME}").values, "right credentials do not work")
    higher = {"auth": "SHA256", "priv": "AES", "auth_key": plain.auth_key,
              "priv_key": good.priv_key}
    sealed = {"rx_wrong_digests": 1}
    silent = {"retries": 1}
    for some, speak, error, datagrams, moved in (
            (good, "auth", "ELEVEL", 2, {"report_unsupported_security_levels": 1}),
            (good, "none", "ELEVEL", 2, {"report_unsupported_security_levels": 1}),
            (plain, "none", "ELEVEL", 2, {"report_unsupported_security_levels": 1}),
            (good._replace(priv="AES256C"), None, "EDECRYPT", 2, {"rx_decryption_errors": 1}),
            (good._replace(auth_key=f"wrong-{good.auth_key}"), None, "EDIGEST", 2, sealed),
            (good._replace(priv_key=f"wrong-{good.priv_key}"), None, "EIGNORED", 3, silent),
            (good._replace(name="stranger"), None, "EIGNORED", 3, silent),
            (plain._replace(**higher), "priv", "EIGNORED", 3, silent),
            (NOBODY._replace(**higher), "auth", "EIGNORED", 3, silent)):
        outcome = probe.do(f"get {probe.device(agent, some, 0, 'lab', speak)} {NAME}")
        check(outcome.error == error and not outcome.values, f"{some.name}: {outcome}")
        check_cost(f"{some.name}: {error}", outcome, datagrams - 1, refused=1, **moved, **COLD)
    outcome = probe.do(f"get {probe.device(agent, good, 0, 'nowhere')} {NAME}")
    check(outcome.error == "EIGNORED", f"another context: {outcome}")
    check(NAME in probe.do(f"get {device} {NAME}").values, "right credentials ceased to work")
    probe.end()


def recovers_when_it_restarts(lab):
    """One message more where time counts, none where it does not: snmpsim keeps its boots."""
    users = [user("SHA", "3DES"), user("SHA384", "AES256C"), user("MD5"), NOBODY]
    agent = Simulator(lab, users, recording())
    probe = Probe(lab)
    devices = [(probe.device(agent, some, 0, Simulator.CONTEXT), some) for some in users]
    for device, some in devices:
        check(NAME in probe.do(f"get {device} {NAME}").values, some.name)
    agent.end()
    check(agent.start(), "snmpsim does not start again")
    for device, some in devices:
        outcome = probe.do(f"get {device} {NAME}")
        check(NAME in outcome.values, f"{some.name}: {outcome}")
        if some is NOBODY:
            check_cost(some.name, outcome)
        else:
            check_cost(some.name, outcome, 1, resyncs=1, report_not_in_time_windows=1)
        check_cost(some.name, probe.do(f"get {device} {NAME}"))
    probe.end()


_lab.main(reads_walks_and_writes_under_every_protocol,
          survives_what_it_makes_of_wrong_credentials,
          recovers_when_it_restarts)
