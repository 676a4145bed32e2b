#!/usr/bin/env python3
"""Targets that cannot be reached: each gets the round record it should, with --once the status is
1, and a good target beside it loses nothing. In a network of its own, where nothing can leave."""
# ctest: timeout=120
import re

import _confine
import _lab
from _lab import check, rounds, rows

BACKENDS = ("io_uring", "recvmmsg")
POLL = "interval: 60s, timeout: 1s, retries: 1"
REFUSED, SILENT = "network refused the datagram", "no answer in time"


def need_own_network():
    """Nothing may leave this machine: neither requests nor questions to a name server."""
    if not OWN_NETWORK:
        raise _lab.Skip("no network of its own here")


def closed_port():
    """A port of 127.0.0.1 where nobody listens."""
    return f"127.0.0.1:{_lab.free_port(['127.0.0.1'])}"


# What, the target, status and reason of its round, requests and retransmissions.
UNREACHABLE = [
    ("a port where nobody listens", closed_port, ("timeout", SILENT, 1, 1)),
    ("an address without a route", "192.0.2.1", ("unreachable", REFUSED, 1, 0)),
    ("a broadcast address", "127.255.255.255", ("unreachable", "not permitted", 1, 0)),
    ("the address of everybody", "255.255.255.255", ("unreachable", REFUSED, 1, 0)),
    ("a multicast group", "239.1.1.1", ("unreachable", REFUSED, 1, 0)),
    ("an IPv6 address without a route", "2001:db8::1", ("unreachable", REFUSED, 1, 0)),
    ("a link-local address without its link", "fe80::1", ("unreachable", REFUSED, 1, 0)),
    ("a name without an address", "nobody.invalid",
     ("unresolved", "the name has no address", 0, 0)),
]


def outcome(run, target):
    """Status, reason, requests and retransmissions of the only round of a target."""
    found = rounds(run.records, target)
    check(len(found) == 1, f"{len(found)} rounds of {target}")
    o = found[0]["round"]
    check(o["varbinds"] == 0 and o["rows"] == 0, f"{o}")
    check(not rows(run.records, target), "rows of a target that does not answer")
    return o["status"], o.get("reason"), o["requests"], o["retries"]


def check_good(run, agent):
    """The good target's round and rows are whole."""
    found = rounds(run.records, agent.target())
    check([r["round"]["status"] for r in found] == ["ok"], f"{found}")
    check(len(rows(run.records, agent.target())) == found[0]["round"]["rows"] > 3, f"{found}")


def accounts(sentence, target, expected):
    """The test of one kind of target, beside a good one, over both back ends."""
    def test(lab):
        need_own_network()
        if ":" in str(target) and not _lab.has_ipv6():
            raise _lab.Skip("no IPv6 here")
        bad = target() if callable(target) else target
        agent = lab.agent()
        lab.config([agent.target(), bad], poll=POLL)
        for backend in BACKENDS:
            run, status = lab.poll("--once", "--io", backend)
            check(status == 1, f"status {status}")
            check(outcome(run, bad) == expected, f"{outcome(run, bad)}, not {expected}")
            check_good(run, agent)
            check("2 targets, 2 rounds in " in run.err, run.err)
            check(": 1 ok, 0 partial, 1 failed, 0 cancelled" in run.err, run.err)
    test.__name__ = f"accounts_for_{sentence.replace(' ', '_').replace('-', '_')}"
    return test


def polls_the_good_ones_among_all_the_bad(lab):
    """All of these at once, each with its own outcome, in the time of the slowest."""
    need_own_network()
    agents = [lab.agent([f"127.0.0.{n}"]) for n in (2, 3, 4)]
    bad = {target() if callable(target) else target: expected
           for _, target, expected in UNREACHABLE if _lab.has_ipv6() or ":" not in str(target)}
    lab.config([*bad, *(a.target() for a in agents)], poll=POLL)
    for backend in BACKENDS:
        run, status = lab.poll("--once", "--io", backend)
        check(status == 1, f"status {status}")
        for target, expected in bad.items():
            check(outcome(run, target) == expected, f"{target}: {outcome(run, target)}")
        for agent in agents:
            check_good(run, agent)
        spent = float(re.search(r"rounds in ([\d.]+) s", run.err).group(1))
        check(spent < 2 + 1.5 * _lab.FACTOR, f"{spent} s for 1 s and one retransmission")


def warns_of_names_without_an_address(lab):
    """At the place of the name, and --check counts them."""
    need_own_network()
    lab.config(["127.0.0.1", "nobody.invalid"])
    run, status = lab.poll("--check")
    check(status == 0, f"status {status}")
    check(re.match(r'sonde\.yaml:\d+:\d+: warning: "nobody.invalid" has no address: \S', run.err),
          run.err)
    check("ok: 2 targets, 1 outputs; 1 names have no address" in run.err, run.err)


def finds_a_target_that_comes_back(lab):
    """Rounds while it is down fail and are accounted, then it answers again."""
    agent, other = lab.agent(), lab.agent(["127.0.0.2"])
    lab.config([agent.target(), other.target()],
               poll="interval: 300ms, timeout: 500ms, retries: 1")
    run = lab.start()
    run.until_rounds(1, agent.target(), "ok")
    agent.stop()
    run.until_rounds(2, agent.target(), "timeout")
    check(agent.start(), "the agent does not start again")
    run.until_rounds(2, agent.target(), "ok")
    run.signal(15)
    check(run.wait() == 0, f"status {run.process.returncode}")
    outcomes = {r["round"]["status"] for r in rounds(run.records, other.target())}
    check(outcomes == {"ok"}, f"the other target: {outcomes}")


try:
    _confine.own_network()
    OWN_NETWORK = True
except _lab.Skip:
    OWN_NETWORK = False

_lab.main(*(accounts(*case) for case in UNREACHABLE),
          polls_the_good_ones_among_all_the_bad,
          warns_of_names_without_an_address,
          finds_a_target_that_comes_back)
