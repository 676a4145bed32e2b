#!/usr/bin/env python3
"""sonde load against real agents: its figures against those of a plain client and the agent's own
counters, a stall that an open loop shows, what it says before it sends, and what it refuses."""
# ctest: timeout=180 serial
import json
import os
import signal
import socket
import statistics
import time

import _lab
import _lab_v3
from _lab import SECRET, Run, Silent, SlowPath, check, wait_until

UPTIME, IN_PKTS = "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.11.1.0"
IF_TABLE = "1.3.6.1.2.1.2.2.1"


def load(lab, *args, status=0, seconds=30, version=("-c", "${COMMUNITY}")):
    """sonde load to its end: its result, read."""
    run = Run(lab, ["load", "--json", *version, *args],
              env={**os.environ, "COMMUNITY": SECRET})
    ended = run.wait(seconds)
    check(ended == status, f"status {ended}: {run.err}")
    return json.loads(run.out) if run.out else None


def in_packets(agent):
    """snmpInPkts; the question is one of them."""
    done = agent.ask("snmpget", "2c", "127.0.0.1", IN_PKTS)
    return int(done.stdout.split()[-1])


class Client:
    """A plain client: one socket, one message built beforehand, the clock of the machine."""

    def __init__(self, agent):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", agent.port))
        self.socket.settimeout(1)
        name = bytes([0x30, 12, 6, 8, 0x2b, 6, 1, 2, 1, 1, 3, 0, 5, 0])
        pdu = bytes([2, 4, 0x12, 0x34, 0x56, 0x78, 2, 1, 0, 2, 1, 0, 0x30, len(name)]) + name
        body = (bytes([2, 1, 1, 4, len(SECRET)]) + SECRET.encode() + bytes([0xa0, len(pdu)]) + pdu)
        self.message = bytes([0x30, len(body)]) + body

    def paced(self, rate, seconds):
        """Asks at a rate; the median of the round trips in ns, from the time each was due."""
        gap, found = 1e9 / rate, []
        began = time.monotonic_ns()
        for k in range(int(rate * seconds)):
            due = began + int(k * gap)
            while time.monotonic_ns() < due:
                time.sleep(max(0, (due - time.monotonic_ns()) / 1e9))
            self.socket.send(self.message)
            self.socket.recv(65536)
            found.append(time.monotonic_ns() - due)
        return statistics.median(found), (time.monotonic_ns() - began) / 1e9


def agrees_with_a_plain_client_of_the_same_rate(lab):
    """Rate, and the median latency; both take turns, and each one's best run counts."""
    _lab.not_with_sanitizers()
    agent = lab.agent()
    client = Client(agent)
    plain, ours, rates = [], [], []
    for _ in range(4):
        median, spent = client.paced(200, 1)
        plain.append(median)
        check(0.95 < spent, f"the plain client took {spent} s")
        r = load(lab, "--rate", "200", "--duration", "1s", agent.target())
        check(r["requests"] == 200 and r["answers"] == 200, f"{r['requests']} {r['answers']}")
        rates.append(r["rate"])
        check(r["latency_ns"]["count"] == 200, "every answer has a latency")
        ours.append(r["latency_ns"]["p50"])
    check(min(abs(rate - 200) for rate in rates) < 2, f"rates {rates}")
    check(max(rates) < 202, f"rates {rates}")
    a, b = min(plain), min(ours)
    print(f"    p50: plain client {a / 1e3:.0f} us, sonde load {b / 1e3:.0f} us")
    check(abs(a - b) < max(0.6 * a, 150e3), f"medians: {plain} and {ours}")


def counts_what_the_agent_counts(lab):
    """Requests of each version; of SNMPv3 the agent sees those that settle its engine too."""
    some = _lab_v3.user("SHA", "AES")
    agent = lab.agent(extra=_lab_v3.snmpd_users([some]))
    secret = ("-v3", "-u", some.name, "-a", "SHA-1", "-x", "AES-128", "-A", some.auth_key,
              "-X", some.priv_key)
    for version, extra in ((("-c", "${COMMUNITY}", "-v1"), 0), (("-c", "${COMMUNITY}"), 0),
                           (secret, 3)):
        before = in_packets(agent)
        r = load(lab, "--in-flight", "4", "--requests", "300", "--duration", "20s",
                 agent.target(), version=version)
        came = in_packets(agent) - before - 1
        check(r["requests"] == 300 and r["answers"] + r["timeouts"] == 300, f"{r}")
        check(300 <= came <= 300 + extra, f"{version[0]}: the agent saw {came}")
        check(r["operations"]["get"]["status"] == {"noError": r["answers"]}, f"{r['operations']}")


def a_stall_shows_in_an_open_loop_and_hides_in_a_closed_one(lab):
    """The agent gets no CPU for 300 ms."""
    _lab.not_with_sanitizers()
    agent = lab.agent()
    p99 = {}
    for loop in ("open", "closed"):
        how = ["--rate", "500"] if loop == "open" else ["--in-flight", "1"]
        run = Run(lab, ["load", "--json", "-c", "@secret.yml", *how, "--duration", "4s",
                        agent.target()])
        time.sleep(1.5)
        agent.process.send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        agent.process.send_signal(signal.SIGCONT)
        check(run.wait() == 0, run.err)
        r = json.loads(run.out)
        check(r["latency_ns"]["max"] > 250e6, f"{loop}: max {r['latency_ns']['max']}")
        check(r["timeouts"] == 0, f"{r['timeouts']} timeouts")
        p99[loop] = r["latency_ns"]["p99"]
    print(f"    p99: open loop {p99['open'] / 1e6:.1f} ms, closed {p99['closed'] / 1e6:.1f} ms")
    check(p99["open"] > 150e6, f"the open loop's p99 hides it: {p99}")
    check(p99["closed"] < 100e6, f"the closed loop's p99: {p99}")


def mixes_walk_and_bulk(lab):
    """Each operation under its name; walks come to their end."""
    agent = lab.agent()
    r = load(lab, "--rate", "300", "--duration", "2s", "--get", f"{UPTIME},1.3.6.1.2.1.99.1.0",
             "--bulk", IF_TABLE, "--repetitions", "7", "--walk", "1.3.6.1.2.1.1", "--mix",
             "get=2,bulk=1,walk=1", agent.target())
    op = r["operations"]
    check(set(op) == {"get", "bulk", "walk"}, f"{set(op)}")
    check(200 <= op["get"]["requests"] <= 400, f"{op['get']['requests']} of 600")
    check(op["get"]["varbinds"] == 2 * op["get"]["answers"], "two names in a GET")
    check(op["get"]["exceptions"] == op["get"]["answers"], "one of them is not there")
    check(op["bulk"]["varbinds"] == 7 * op["bulk"]["answers"], f"{op['bulk']}")
    check(op["walk"]["walks"] > 5 and op["walk"]["walks_cut"] == 0, f"{op['walk']}")
    check(sum(o["requests"] for o in op.values()) == r["requests"] == 600, f"{r['requests']}")


def splits_requests_among_threads_and_targets(lab):
    """Never more than were asked for; all agents have their turn; a file and stdin name them."""
    one, other = lab.agent(), lab.agent()
    lab.write("targets", f"# two agents\n{one.target()}\n\n  {other.target()} # the other\n")
    for how in (("--rate", "1000"), ("--in-flight", "4")):
        for n in (1, 3, 4, 250):
            before = in_packets(one) + in_packets(other)
            r = load(lab, *how, "--threads", "4", "--requests", str(n), "--targets", "targets",
                     "--histogram", "all")
            came = in_packets(one) + in_packets(other) - before - 2
            check(r["requests"] == r["answers"] == came == n, f"{how} {n}: {came} {r['requests']}")
            check(r["targets"] == [one.target(), other.target()], f"{r['targets']}")
            lines = [line.split() for line in lab.read(lab.path("all")).splitlines()[1:]]
            check(sum(int(count) for _, count in lines) == n, "the histogram has others")
            check(int(lines[-1][0]) >= r["latency_ns"]["max"], f"{lines[-1]}")


def says_what_it_will_send_before_it_does(lab):
    """And with --check nothing else."""
    there = Silent(lab)
    run = Run(lab, ["load", "--check", "--rate", "250", "--duration", "2s", there.target])
    check(run.wait() == 0, run.err)
    for text in (there.target, "250 requests/s", "2s, at most 500 requests", "GET of 1 OID"):
        check(text in run.err, f"{text!r} is not in {run.err}")
    check(run.out == "" and not there.heard(), "something was sent")
    run = Run(lab, ["load", "--timeout", "100ms", "--requests", "5", there.target])
    check(run.wait() == 1, "nobody answered: status 1")
    check("at most 5 requests" in run.err, run.err)
    check("timeouts            5" in run.out, run.out)


def refuses_what_nobody_can_mean(lab):
    """Status 2, one line that says why, nothing sent."""
    for args, why in (((), "expected an agent"),
                      (("192.0.2.1", "192.0.2.2"), "--yes"),
                      (("--find-max", "192.0.2.1"), "--yes"),
                      (("224.0.0.1",), "multicast"),
                      (("255.255.255.255",), "multicast and broadcast"),
                      (("--rate", "20000", "127.0.0.1"), "--max-rate"),
                      (("--rate", "x", "127.0.0.1"), "not a number"),
                      (("--get", "sysUpTime.0", "127.0.0.1"), "no object identifier"),
                      (("-v1", "--bulk", "1.3.6", "127.0.0.1"), "SNMPv1 has no GETBULK"),
                      (("-v3", "127.0.0.1"), "-u"),
                      (("-v3", "-u", "x", "-l", "authPriv", "-a", "SHA", "127.0.0.1"), "-A"),
                      (("-v3", "-u", "x", "-A", "longenough", "127.0.0.1"), "-a"),
                      (("-c", "${NO_SUCH_VARIABLE}", "127.0.0.1"), "not set"),
                      (("-c", "@no-such-file", "127.0.0.1"), "cannot be read"),
                      (("--targets", "no-such-file"), "cannot be read"),
                      (("--mix", "put=1", "--get", "1.3.6", "127.0.0.1"), "no share"),
                      (("127.0.0.1:0x",), "127.0.0.1:0x")):
        run = Run(lab, ["load", *args])
        check(run.wait() == 2, f"{args}: {run.process.returncode} {run.err}")
        check(why in run.err, f"{args}: {run.err}")
        check(len(run.err.splitlines()) == 1 and not run.out, f"{args}: {run.err}{run.out}")


def an_interrupt_ends_it_with_its_result(lab):
    """SIGINT waits for answers, a second one does not."""
    agent, silent = lab.agent(), Silent(lab)
    run = Run(lab, ["load", "--json", "-c", "@secret.yml", "--rate", "100", "--duration", "1h",
                    "--stats", "100ms", agent.target()])
    run.until_said("load 1s", 10)
    run.signal(signal.SIGINT)
    check(run.wait(5) == 0, run.err)
    r = json.loads(run.out)
    check(r["interrupted"] and r["answers"] == r["requests"] > 40, f"{r}")
    run = Run(lab, ["load", "--json", "--timeout", "60s", "--duration", "1h", "--stats", "100ms",
                    silent.target])
    run.until_said("16 sent", 10)
    run.signal(signal.SIGINT)
    time.sleep(0.3)
    check(run.process.poll() is None, "it waits for what is under way")
    run.signal(signal.SIGINT)
    check(run.wait(5) == 1, run.err)
    check(json.loads(run.out)["timeouts"] == 16, run.out)


def passwords_vanish_from_the_list_of_processes(lab):
    """What stood on the command line is overwritten once it was read."""
    silent = Silent(lab)
    run = Run(lab, ["load", "-c", SECRET, "--duration", "1h", "--timeout", "1m", silent.target])
    wait_until(silent.heard, 10, "a request")
    with open(f"/proc/{run.process.pid}/cmdline", encoding="utf-8") as f:
        line = f.read()
    run.process.kill()
    check(silent.target in line, line)
    check(SECRET not in line, "the community can be seen")
    run.args = []  # not to be found again among what the test prints


def finds_the_knee_of_an_agent_that_has_one(lab):
    """A relay that takes 4 ms for each answer, one after the other: less than 250 a second."""
    _lab.not_with_sanitizers()
    slow = SlowPath(lab, lab.agent(), 0.004)
    for _ in range(4):
        run = Run(lab, ["load", "--json", "-c", "@secret.yml", "--find-max", "--rate", "40",
                        "--factor", "2", "--step", "700ms", "--max-p99", "150ms", "--timeout",
                        "500ms", slow.target])
        check(run.wait(60) == 0, run.err)
        knee = json.loads(run.out)["knee"]
        print(f"    {knee}")
        # The relay, too, runs here: a machine with other things to do is not at its best each time.
        if knee["state"] == "found" and knee["good_rate"] > 80:
            break
    check(knee["state"] == "found", f"{knee}: {run.err}")
    check(80 < knee["good_rate"] < knee["bad_rate"] < 400, f"{knee}")


def a_wrong_password_is_said_before_anything_is_measured(lab):
    """SNMPv3: the target is left out, and there is no other."""
    some = _lab_v3.user("SHA256", "AES")
    agent = lab.agent(extra=_lab_v3.snmpd_users([some]))
    run = Run(lab, ["load", "-v3", "-u", some.name, "-a", "SHA256", "-x", "AES", "-A", "@wrong",
                    "-X", "@wrong", "--timeout", "500ms", agent.target()])
    check(run.wait() == 1, run.err)
    check("1 of 1 targets are left out: wrong digest" in run.err, run.err)
    check(run.out == "", run.out)


def with_files(test):
    """The community in a file (one that the search for leaks takes for an input)."""
    def run(lab):
        lab.write("secret.yml", SECRET + "\n")
        lab.write("wrong", "not the right one\n")
        test(lab)
    run.__name__ = test.__name__
    return run


_lab.main(*map(with_files, (
    agrees_with_a_plain_client_of_the_same_rate,
    counts_what_the_agent_counts,
    a_stall_shows_in_an_open_loop_and_hides_in_a_closed_one,
    mixes_walk_and_bulk,
    splits_requests_among_threads_and_targets,
    says_what_it_will_send_before_it_does,
    refuses_what_nobody_can_mean,
    an_interrupt_ends_it_with_its_result,
    passwords_vanish_from_the_list_of_processes,
    finds_the_knee_of_an_agent_that_has_one,
    a_wrong_password_is_said_before_anything_is_measured)))
