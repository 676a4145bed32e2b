#!/usr/bin/env python3
"""SNMPv3 against a real snmpd: all its authentication and privacy protocols, over IPv4 and IPv6,
reading, walking and writing; wrong credentials; restarts and engines that change.

What was read is compared with what Net-SNMP's tools read in v2c; what it cost, with what snmpd
counted itself."""
# ctest: timeout=120
import _lab
import _lab_v3
from _lab import check
from _lab_v3 import (NOBODY, AUTHS, PRIVS, Probe, ask_tools, check_cost, differences,
                     every_user, level, snmpd_users, user)

SYSTEM, INTERFACES = "1.3.6.1.2.1.1", "1.3.6.1.2.1.2"
CONTACT, NAME = f"{SYSTEM}.4.0", f"{SYSTEM}.5.0"
CACHE_SECONDS = "1.3.6.1.4.1.8072.1.5.1.0"  # nsCacheDefaultTimeout: a number to write
BOOTS, ENGINE_ID = "1.3.6.1.6.3.10.2.1.2.0", "1.3.6.1.6.3.10.2.1.1.0"
IN_PACKETS, USM_STATS = "1.3.6.1.2.1.11.1.0", "1.3.6.1.6.3.15.1.1"
COLD = {"discoveries": 1, "resyncs": 1, "report_unknown_engine_ids": 1}


def agent_stats(agent):
    """(packets in but for this question's, usmStats by their last arc but one) of the agent."""
    stats = ask_tools(agent, "snmpget", IN_PACKETS, *[f"{USM_STATS}.{n}.0" for n in range(1, 7)])
    values = [value for _, value in stats.values()]
    return values[0] - 1, values[1:]


def write(agent, probe, device, some, number):
    """SETs a number, and a text once for each privacy protocol: snmpd writes its state to a file
    after that, which takes its time. The tools see it arrive. Returns what system has now, and the
    number of SETs."""
    expected = {CACHE_SECONDS: ("INTEGER", number)}
    outcomes = [probe.do(f"set {device} {CACHE_SECONDS} i {number}")]
    if some.auth in ("SHA256", "none"):
        text = f"{some.name}:{number}"
        expected[CONTACT] = "OCTET STRING", text.encode()
        outcomes.append(probe.do(f"set {device} {CONTACT} s {text}"))
    for outcome in outcomes:
        wrong = outcome.values.items() - expected.items()
        check(outcome.values and not wrong, f"{some.name}: SET answers {outcome}")
        check_cost(f"{some.name}: SET", outcome)
    seen = ask_tools(agent, "snmpget", *expected)
    check(seen == expected, f"{some.name}: after the SET the tools read {seen}")
    del expected[CACHE_SECONDS]
    return expected, len(outcomes)


def reads_and_writes(agent, probe, some, at, theirs):
    """One user over one address: from first contact to a SET. theirs: what the tools read of each
    subtree. Returns datagrams sent."""
    what = f"{some.name}{' over IPv6' if at else ''}"
    device = probe.device(agent, some, at)
    outcome = probe.do(f"get {device} {SYSTEM}.2.0 {NAME}")
    wanted = {oid: theirs[SYSTEM][oid] for oid in (f"{SYSTEM}.2.0", NAME)}
    check(outcome.values == wanted, f"{what}: {outcome}, the tools say {wanted}")
    check_cost(f"{what}: first contact", outcome, 1, **COLD)
    sent = outcome.cost["sent"]
    for root, expected in theirs.items():
        outcome = probe.do(f"walk {device} {root} 40")
        check(not outcome.error and not outcome.status, f"{what}: {outcome.error}{outcome.status}")
        check_cost(f"{what}: walk", outcome)
        sent += outcome.cost["sent"]
        wrong = differences(outcome.values, expected)
        check(not wrong, f"{what}: {len(wrong)} differences: {wrong[:10]}")
        check(len(outcome.values) > 10, f"{what}: a walk of {len(outcome.values)}")
    written, n = write(agent, probe, device, some, probe.devices)
    theirs[SYSTEM].update(written)
    return sent + n


def reads_walks_and_writes_under_every_protocol(lab):
    """Each user of the matrix over each address, in one process, one device after the other."""
    users = every_user(0)
    check(len(users) == 1 + len(AUTHS) * (len(PRIVS) - 1), "the matrix has a hole")
    agent = lab.agent(_lab_v3.addresses(), extra=snmpd_users(users))
    probe = Probe(lab)
    packets, stats = agent_stats(agent)
    sent = contacts = 0
    for at in range(len(agent.addresses)):
        theirs = {root: ask_tools(agent, "snmpbulkwalk", root) for root in (SYSTEM, INTERFACES)}
        for some in users:
            sent += reads_and_writes(agent, probe, some, at, theirs)
            contacts += 1
    probe.end()
    after, stats_after = agent_stats(agent)
    moved = [b - a for a, b in zip(stats, stats_after)]
    # The agent's own count: nothing but one discovery for each contact.
    check(moved == [0, 0, 0, contacts, 0, 0], f"usmStats moved by {moved}")
    check(after - packets > sent, f"{sent} sent, the agent counted {after - packets}")
    print(f"    {len(users)} users, {contacts} contacts, {sent} datagrams sent")
    if len(agent.addresses) == 1:
        raise _lab.Skip("no IPv6 here; all is well over IPv4")


def takes_keys_instead_of_passwords(lab):
    """Master and localized keys of either side, made by other code; an engine ID known beforehand
    saves the discovery but not the time."""
    engine_id = "80001f8804" + b"interop".hex()
    both = [user("SHA", "AES"), user("SHA256", "AES256"), user("SHA512", "AES192C"),
            user("MD5", "DES")]
    agent = lab.agent(extra=f"exactEngineID 0x{engine_id}\n{snmpd_users(both)}")
    probe = Probe(lab)
    for some in both:
        keys = [_lab_v3.master_key(some.auth, k).hex() for k in (some.auth_key, some.priv_key)]
        other = some._replace(auth_key=f"master:{keys[0]}", priv_key=f"master:{keys[1]}")
        outcome = probe.do(f"get {probe.device(agent, other)} {NAME}")
        check(NAME in outcome.values, f"{some.name} by master key: {outcome}")
        check_cost(f"{some.name} by master key", outcome, 1, **COLD)
        keys = [_lab_v3.localized_key(some.auth, k, bytes.fromhex(engine_id)).hex()
                for k in (some.auth_key, some.priv_key)]
        if len(keys[1]) < 2 * {"AES192C": 24}.get(some.priv, 16):
            continue
        other = some._replace(auth_key=f"localized:{keys[0]}", priv_key=f"localized:{keys[1]}")
        outcome = probe.do(f"get {probe.device(agent, other, engine_id=engine_id)} {NAME}")
        check(NAME in outcome.values, f"{some.name} by localized key: {outcome}")
        check_cost(f"{some.name} by localized key", outcome, 1, resyncs=1,
                   report_not_in_time_windows=1)
    probe.end()


def refused(probe, device, error, sent, **counters):
    """A request that must end so, at once, after so many datagrams."""
    outcome = probe.do(f"get {device} {NAME}")
    check(outcome.error == error and not outcome.values, f"{outcome}, not {error}")
    check_cost(error, outcome, sent - 1, **counters)
    limit = probe.timeout * 1000 / 2
    check(error == "EIGNORED" or outcome.cost["ms"] < limit, f"{error}: {outcome.cost['ms']} ms")


def names_what_is_wrong_with_the_credentials(lab):
    """Each its own error after the two datagrams it takes to find out, however many attempts are
    allowed; right ones go on working beside them."""
    good, plain, des = user("SHA", "AES"), user("SHA256"), user("MD5", "DES")
    agent = lab.agent(extra=snmpd_users([good, plain, des, NOBODY]))
    probe = Probe(lab)
    device = probe.device(agent, good)
    check(NAME in probe.do(f"get {device} {NAME}").values, "right credentials do not work")
    for some in (good, plain, des):
        for change in ({"auth_key": f"wrong-{some.auth_key}"}, {"auth": "SHA512"}):
            refused(probe, probe.device(agent, some._replace(**change)), "EDIGEST", 2,
                    report_wrong_digests=1, refused=1, **COLD)
    for some in (good, plain, NOBODY):
        refused(probe, probe.device(agent, some._replace(name="stranger")), "EUSER", 2,
                report_unknown_user_names=1, refused=1, **COLD)
    for some, speak in ((plain, "priv"), (NOBODY, "auth"), (NOBODY, "priv")):
        more = some._replace(auth="SHA256", priv="AES", auth_key=good.auth_key,
                             priv_key=good.priv_key)
        if some is plain:
            more = more._replace(auth_key=plain.auth_key)
        refused(probe, probe.device(agent, more, speak=speak), "ELEVEL", 2,
                report_unsupported_security_levels=1, refused=1, **COLD)
    # At a lower level than the view asks for, snmpd answers, but with an error-status.
    outcome = probe.do(f"get {probe.device(agent, good, speak='none')} {NAME}")
    check(outcome.status == "authorizationError" and not outcome.error, f"{outcome}")
    check(NAME in probe.do(f"get {device} {NAME}").values, "right credentials ceased to work")
    probe.end()


def tells_privacy_that_does_not_decrypt_from_silence(lab):
    """snmpd reports what cannot be DES, and is silent where a key gives rubbish; both end."""
    des, aes = user("SHA", "DES"), user("SHA", "AES256")
    agent = lab.agent(extra=snmpd_users([des, aes]))
    probe = Probe(lab)
    probe.patience(1, 2)
    device = probe.device(agent, des._replace(priv="AES"))
    found = set()
    for n in range(1, 9):
        # One of these lengths at most is a whole number of blocks.
        outcome = probe.do(f"get {device} {SYSTEM}.{'1.' * n}0")
        check(outcome.cost["sent"] <= 3, f"{outcome}")
        found.add(outcome.error)
    check("EDECRYPT" in found and found <= {"EDECRYPT", "EIGNORED", "ETIMEDOUT"}, f"{found}")
    for some in (des, aes):
        wrong = some._replace(priv_key=f"wrong-{some.priv_key}")
        refused(probe, probe.device(agent, wrong), "EIGNORED", 3, retries=1, refused=1, **COLD)
        check(NAME in probe.do(f"get {probe.device(agent, some)} {NAME}").values, some.name)
    refused(probe, probe.device(agent, des, context="nowhere"), "EIGNORED", 3, retries=1,
            refused=1, **COLD)
    probe.end()


def boots(probe, device):
    """snmpEngineBoots as read through the device, and at what cost."""
    outcome = probe.do(f"get {device} {BOOTS}")
    check(BOOTS in outcome.values, f"{outcome}")
    return outcome.values[BOOTS][1], outcome


def restart(agent, engine_id, number):
    """Starts an agent again, as this engine in its so manieth life."""
    agent.end()
    users = agent.extra.split("\n", 3)[3]
    agent.extra = f"{engine(engine_id, number)}\n{users}"
    check(agent.start(), "snmpd does not start again")


def engine(engine_id, number):
    """Three lines of snmpd.conf: snmpd adds one to the boots of the engine it was before."""
    return (f"exactEngineID 0x{engine_id}\noldEngineID 0x{engine_id}\n"
            f"engineBoots {number - 1}")


ONE_ID, OTHER_ID = "80001f880461", "80001f880462626262"


def contacts(lab, users, number):
    """An agent that knows the users, the probe, a device for each that has met it already."""
    agent = lab.agent(extra=f"{engine(ONE_ID, number)}\n{snmpd_users(users)}")
    probe = Probe(lab)
    devices = [(probe.device(agent, some), some) for some in users]
    for device, some in devices:
        check(boots(probe, device)[0] == number, f"{some.name}: not {number} boots")
    return agent, probe, devices


def recovers_when_the_agent_restarts(lab):
    """One message more, at every level that knows of time; no retransmission, no discovery."""
    agent, probe, devices = contacts(lab, [user("SHA", "AES"), user("MD5"), NOBODY], 7)
    for number in (8, 9, 1000):
        restart(agent, ONE_ID, number)
        for device, some in devices:
            found, outcome = boots(probe, device)
            check(found == number, f"{some.name}: {found} boots, not {number}")
            if some.auth == "none":
                check_cost(some.name, outcome)
            else:
                check_cost(some.name, outcome, 1, resyncs=1, report_not_in_time_windows=1)
            check_cost(some.name, boots(probe, device)[1])
    probe.end()


def recovers_when_another_engine_is_at_the_address(lab):
    """Its Report tells, and the first message it signs proves; one message more, and the next time
    none. An engine that changes again within the minute is not believed: that would be a way to
    keep a collector busy."""
    agent, probe, devices = contacts(lab, [user("SHA", "AES"), user("SHA512", "AES256C"),
                                           user("MD5"), NOBODY], 7)
    restart(agent, OTHER_ID, 3)
    for device, some in devices:
        found, outcome = boots(probe, device)
        check(found == 3, f"{some.name}: {found} boots")
        check_cost(some.name, outcome, 1, resyncs=1, engine_changes=1, report_unknown_engine_ids=1)
        outcome = probe.do(f"get {device} {ENGINE_ID}")
        check(outcome.values == {ENGINE_ID: ("OCTET STRING", bytes.fromhex(OTHER_ID))},
              f"{some.name}: {outcome}")
        check_cost(some.name, outcome)
    restart(agent, ONE_ID, 9)
    for device, some in devices:
        outcome = probe.do(f"get {device} {BOOTS}")
        check(outcome.error == "EENGINE" and outcome.cost["sent"] == 1, f"{some.name}: {outcome}")
    probe.end()


def recovers_when_the_agent_has_lost_its_boots(lab):
    """The same engine ID with fewer boots is a replay to the letter of RFC 3414 §3.2 7b; an agent
    that forgets is met in the field: its clock is given up, in a bounded number of messages."""
    agent, probe, devices = contacts(lab, [user("SHA", "AES"), user("MD5"), NOBODY], 7)
    restart(agent, ONE_ID, 1)
    for device, some in devices:
        found, outcome = boots(probe, device)
        check(found == 1, f"{some.name}: {found} boots")
        check(outcome.cost["sent"] <= 4 and not outcome.cost["retries_total"],
              f"{some.name}: {dict(outcome.cost)}")
        check_cost(some.name, boots(probe, device)[1])
    probe.end()


def believes_nothing_signed_once_boots_are_at_their_end(lab):
    """RFC 3414 §2.2.2, §3.2 7b: at 2^31-1 nothing is in the time window, until somebody gives the
    agent new keys. One message for each attempt, no endless resynchronisation."""
    agent, probe, devices = contacts(lab, [user("SHA", "AES"), user("MD5"), NOBODY], 0x7ffffffe)
    restart(agent, ONE_ID, 0x7fffffff)
    for device, some in devices:
        for _ in range(2):
            outcome = probe.do(f"get {device} {BOOTS}")
            check_cost(some.name, outcome, **({} if some is NOBODY else {
                "refused": 1, "rx_not_in_time_windows": 1}))
            check(outcome.error == ("" if some is NOBODY else "ETIMEWINDOW"), f"{outcome}")
    probe.end()


_lab.main(reads_walks_and_writes_under_every_protocol,
          takes_keys_instead_of_passwords,
          names_what_is_wrong_with_the_credentials,
          tells_privacy_that_does_not_decrypt_from_silence,
          recovers_when_the_agent_restarts,
          recovers_when_another_engine_is_at_the_address,
          recovers_when_the_agent_has_lost_its_boots,
          believes_nothing_signed_once_boots_are_at_their_end)
