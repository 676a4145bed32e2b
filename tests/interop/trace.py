#!/usr/bin/env python3
"""sonde poll --trace: every message of one target, both ways, decoded and timed, secrets masked."""
# ctest: timeout=120
import re

import _lab
from _lab import check, rounds

HEAD = re.compile(r"^\d\d:\d\d:\d\d\.\d{6} \+\d+\.\d{6}s (sent to|received from) (\S+): "
                  r"(\d+) octets, (.*)$", re.M)


def messages(text):
    """The trace taken apart: (direction, peer, octets, note, body) of each message."""
    heads = list(HEAD.finditer(text))
    ends = [h.start() for h in heads[1:]] + [len(text)]
    return [(*h.groups(), text[h.end():end]) for h, end in zip(heads, ends)]


def shows_requests_and_answers(lab):
    """As many as the round record counts, each answer timed and with the id of its request."""
    agent, other = lab.agent(["127.0.0.2"]), lab.agent(["127.0.0.3"])
    lab.config([agent.target(), other.target()], poll=_lab.CALM)
    run, status = lab.poll("--once", "--trace", agent.target())
    check(status == 0, f"status {status}")
    found = messages(run.err)
    check({m[1] for m in found} == {agent.target()}, f"{ {m[1] for m in found} }")
    sent = [m for m in found if m[0] == "sent to"]
    got = [m for m in found if m[0] == "received from"]
    told = rounds(run.records, agent.target())[0]["round"]
    check(len(sent) == len(got) == told["requests"], f"{len(sent)} sent, {len(got)} received")
    def ids(some):
        return sorted(re.search(r"request-id (\d+)", m[4]).group(1) for m in some)
    check(ids(sent) == ids(got), "ids of requests and answers differ")
    check(all("SNMPv2c, community ***" in m[4] for m in found), "community not shown as ***")
    check(all(re.search(r"after \d+\.\d+ ms", m[3]) for m in got), "an answer without its time")
    varbinds = sum(len(re.findall(r"^ +\d+  [\d.]+ = ", m[4], re.M)) for m in got)
    check(varbinds == told["varbinds"], f"{varbinds} shown, {told['varbinds']} counted")
    check(any("GetBulkRequest" in m[4] and "max-repetitions" in m[4] for m in sent), "no GETBULK")
    check(any('1.3.6.1.2.1.31.1.1.1.1.1 = OCTET STRING: "lo"' in m[4] for m in got), "no ifName")
    check(any(re.search(r"1\.3\.6\.1\.2\.1\.1\.3\.0 = TimeTicks: \d+", m[4]) for m in got),
          "no sysUpTime")


def shows_version_1_as_well(lab):
    """GETNEXT instead of GETBULK, noSuchName at the end of what v1 can see."""
    agent = lab.agent()
    lab.config([agent.target()], version=1)
    run, status = lab.poll("--once", "--trace", agent.target())
    check(status == 0, f"status {status}")
    found = messages(run.err)
    check(found and all("SNMPv1, community ***" in m[4] for m in found), "not v1")
    check(any("GetNextRequest" in m[4] for m in found), "no GETNEXT")
    check(not any("GetBulk" in m[4] for m in found), "GETBULK in v1")


def secure_config(lab, agent, poll=_lab.CALM, **keys):
    """One target under version 3, both passwords the word that must not appear."""
    auth = {"version": 3, "username": "watcher", "security_level": "authPriv",
            "auth_protocol": "SHA", "password": _lab.SECRET,
            "priv_protocol": "AES", "priv_password": _lab.SECRET, **keys}
    text = ", ".join(f"{key}: {value}" for key, value in auth.items())
    return lab.write("sonde.yaml", f"poll: {{{poll}}}\n"
                                   f"auths: {{lab: {{{text}}}}}\n"
                                   f"module_files: [{_lab.SOURCE}/config/modules/*.yml]\n"
                                   f"targets:\n  - static: [{{targets: [\"{agent.target()}\"], "
                                   'labels: {__param_module: "system"}}]\n'
                                   "output:\n  - stdout: {format: json}\n")


def secure_agent(lab):
    """snmpd with a user at authPriv."""
    return lab.agent(extra=f"createUser watcher SHA {_lab.SECRET} AES {_lab.SECRET}\n"
                           "rouser watcher priv")


def shows_version_3_in_clear(lab):
    """Discovery, then encrypted messages with what is in them."""
    agent = secure_agent(lab)
    secure_config(lab, agent)
    run, status = lab.poll("--once", "--trace", agent.target())
    check(status == 0, f"status {status}")
    found = messages(run.err)
    discovery, report, *rest = found
    check(discovery[3] == "discovery", f"{discovery}")
    check(re.search(r"SNMPv3, noAuthNoPriv, reportable, msgID \d+", discovery[4]), discovery[4])
    check('engine none, boots 0, time 0, user ""' in discovery[4], discovery[4])
    engine = re.search(r"engine ([0-9a-f]{10,64}), boots 1, time \d+, user", report[4])
    check(engine and report[3].endswith("usmStatsUnknownEngineIDs"), f"{report}")
    check("Report request-id" in report[4] and "1.3.6.1.6.3.15.1.1.4.0 = Counter32" in report[4],
          report[4])
    told = rounds(run.records)[0]["round"]
    check(len(rest) == 2 * told["requests"], f"{len(rest)} messages, {told}")
    for direction, _, _, _, body in rest:
        flags = "authPriv, reportable" if direction == "sent to" else "authPriv"
        check(re.search(rf"SNMPv3, {flags}, msgID \d+, msgMaxSize \d+$", body, re.M), body)
        check(re.search(rf"engine {engine.group(1)}, boots 1, time \d+, user \"watcher\", "
                        r"MAC 12 octets, salt [0-9a-f]{16}$", body, re.M), body)
        check(f'context engine {engine.group(1)}, context ""' in body, body)
        check("encrypted" not in body and "decode" not in body, body)
    shown = sum(len(re.findall(r"^ +\d+  [\d.]+ = ", m[4], re.M)) for m in rest
                if m[0] != "sent to")
    check(shown == told["varbinds"] > 0, f"{shown} shown, {told['varbinds']} counted")
    check("SNMPv3               1 discoveries, 1 requests sealed anew, 0 refused" in run.err,
          "the summary does not tell of the discovery")


def shows_what_cannot_be_decrypted_as_closed(lab):
    """A wrong privacy password: whatever the agent answers, nothing of it is shown as true."""
    agent = secure_agent(lab)
    secure_config(lab, agent, "timeout: 1s, retries: 1", priv_password="not-" + _lab.SECRET)
    run, status = lab.poll("--once", "--trace", agent.target())
    check(status == 1, f"status {status}")
    told = rounds(run.records)[0]["round"]
    check(told["status"] in ("decryptionError", "ignored"), f"{told}")
    found = messages(run.err)
    check(found and not any("TimeTicks" in m[4] for m in found), "an answer out of nothing")


def shows_retransmissions_to_a_silent_target(lab):
    """Three messages sent, none received, and what became of them."""
    dead = _lab.Silent(lab)
    lab.config([dead.target], poll="timeout: 200ms, retries: 2")
    run, status = lab.poll("--once", "--trace", dead.target)
    check(status == 1, f"status {status}")
    found = messages(run.err)
    check([m[0] for m in found] == ["sent to"] * 3, f"{[m[:4] for m in found]}")
    check(len({re.search(r"request-id (\d+)", m[4]).group(1) for m in found}) == 3,
          "attempts share an id")
    notes = [m[3] for m in found]
    check(notes == ["request", "retry 1", "retry 2"], f"{notes}")


def names_a_target_that_does_not_exist(lab):
    """A usage error before anything is polled."""
    agent = lab.agent()
    lab.config([agent.target()])
    run, status = lab.poll("--once", "--trace", "192.0.2.77")
    check(status == 2, f"status {status}")
    check('no target is called "192.0.2.77"' in run.err, run.err)
    check(run.out == "", run.out)


def works_over_ipv6(lab):
    """The peer is written as in the configuration."""
    if not _lab.has_ipv6():
        raise _lab.Skip("no IPv6 here")
    agent = lab.agent(["::1"])
    lab.config([agent.target()])
    run, status = lab.poll("--once", "--trace", agent.target())
    check(status == 0, f"status {status}")
    check({m[1] for m in messages(run.err)} == {agent.target()}, run.err[:300])


_lab.main(shows_requests_and_answers,
          shows_version_1_as_well,
          shows_version_3_in_clear,
          shows_what_cannot_be_decrypted_as_closed,
          shows_retransmissions_to_a_silent_target,
          names_a_target_that_does_not_exist,
          works_over_ipv6)
