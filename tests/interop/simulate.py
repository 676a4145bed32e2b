#!/usr/bin/env python3
"""sonde simulate, asked by Net-SNMP's tools: every version, both families, many addresses, SET,
recordings by community and context, faults, and the command itself: lists, signals, statistics,
what it refuses."""
# ctest: timeout=180
import gzip
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import time

import _lab
import _netsnmp
from _lab import SECRET, check, wait_until

SYSTEM, INTERFACES, ALL = "1.3.6.1.2.1.1", "1.3.6.1.2.1.2", "1.3.6.1.2.1"
DESCR, UPTIME, CONTACT, NAME = (f"{SYSTEM}.{n}.0" for n in (1, 3, 4, 5))
MANY = "127.1.0.1/16:0"
AUTH_PASSWORD, PRIV_PASSWORD = f"{SECRET}-auth", f"{SECRET}-priv"
USERS = ("--user", "open", "--user", f"half:SHA256:{AUTH_PASSWORD}",
         "--user", f"full:SHA:{AUTH_PASSWORD}:AES:{PRIV_PASSWORD}")
OPEN = ("-u", "open", "-l", "noAuthNoPriv")
HALF = ("-u", "half", "-l", "authNoPriv", "-a", "SHA-256", "-A", AUTH_PASSWORD)
FULL = ("-u", "full", "-l", "authPriv", "-a", "SHA", "-A", AUTH_PASSWORD, "-x", "AES",
        "-X", PRIV_PASSWORD)
WAYS = [("1", ("-c", SECRET)), ("2c", ("-c", SECRET)), ("3", OPEN), ("3", HALF), ("3", FULL)]


def started(lab, *args, listen=("127.0.0.1:0",)):
    """A simulation with the community of the lab."""
    places = [word for place in listen for word in ("--listen", place)]
    return lab.simulate("--community", SECRET, *places, *args)


def values(done):
    """{OID: (type, value)} that a tool has printed."""
    check(done.returncode == 0, f"{done.args}: {done.stderr}")
    found = _netsnmp.read(done.stdout)
    check(found, f"{done.args} found nothing: {done.stdout}")
    return {oid: (kind, value) for oid, kind, value in found}


def text_of(done):
    """The one octet string that a tool has printed."""
    (_, value), = values(done).values()
    return value.decode()


def moves(oid, kind):
    """Whether a value is another one a moment later."""
    return kind in ("Counter32", "Counter64", "TimeTicks") or oid.startswith("1.3.6.1.2.1.25.") \
        or oid.startswith(f"{INTERFACES}.2.1.21.")


def get_request(oid, number):
    """A GET of version 2c by hand, its community that of the lab."""
    arcs = [int(arc) for arc in oid.split(".")]
    name = bytes([40 * arcs[0] + arcs[1], *arcs[2:]])

    def tlv(tag, body):
        return bytes([tag, len(body)]) + body
    pdu = tlv(0xa0, tlv(2, number.to_bytes(4, "big")) + tlv(2, b"\0") + tlv(2, b"\0")
              + tlv(0x30, tlv(0x30, tlv(6, name) + b"\5\0")))
    return tlv(0x30, b"\2\1\1" + tlv(4, SECRET.encode()) + pdu)


def answers_for_a_thousand_addresses_each_as_its_device(lab):
    """And from there: a connected socket takes nothing from elsewhere."""
    sim = started(lab, "-n", "1000", listen=[MANY])
    request = get_request(NAME, 1 << 24)
    for number in [*range(0, 1000, 37), 255, 256, 999]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(5 * _lab.FACTOR)
            at = number + 1
            s.connect((f"127.1.{at >> 8}.{at & 255}", sim.ports[0]))
            s.send(request)
            answer = s.recv(2000)
        check(answer.endswith(b"sim%06d" % number), f"device {number} answers {answer!r}")
    name = text_of(sim.ask("snmpget", sim.peer("127.1.3.232"), NAME))
    check(name == "sim000999", f"the last device is {name}")
    for nobody in ("127.1.3.233", "127.0.0.1", "127.1.0.0"):
        for how in (("2c", ("-c", SECRET)), ("3", OPEN)):
            done = sim.ask("snmpget", sim.peer(nobody), NAME, version=how[0], credentials=how[1],
                           options=["-t0.3"])
            check("Timeout" in done.stderr, f"{nobody}: {done.stdout}{done.stderr}")
    sim.until_counted("; 6 not answered")
    check("; 6 not answered" in sim.end(), f"the summary: {sim.err}")


def speaks_every_version_over_both_families(lab):
    """GET, GETNEXT and GETBULK by Net-SNMP under each version and security level."""
    listen = ["127.0.0.1:0"] + (["[::1]:0"] if _lab.has_ipv6() else [])
    sim = started(lab, *USERS, "--interfaces", "3", listen=listen)
    for number, address in enumerate(("127.0.0.1", "::1")[:len(listen)]):
        for version, credentials in WAYS:
            def ask(program, *oids, options=()):
                return values(sim.ask(program, sim.peer(address, number), *oids, options=options,
                                      version=version, credentials=credentials))
            what = f"{address}, version {version}, {credentials}"
            got = ask("snmpget", NAME, f"{INTERFACES}.1.0")
            check(got == {NAME: ("OCTET STRING", b"sim%06d" % number),
                          f"{INTERFACES}.1.0": ("INTEGER", 3)}, f"{what}: {got}")
            following = ask("snmpgetnext", NAME)
            check(list(following) == [f"{SYSTEM}.6.0"], f"{what}: {following}")
            columns = ask("snmpwalk", f"{INTERFACES}.2.1.2")
            check(list(columns) == [f"{INTERFACES}.2.1.2.{n}" for n in (1, 2, 3)]
                  and {kind for kind, _ in columns.values()} == {"OCTET STRING"},
                  f"{what}: {columns}")
            if version != "1":
                bulk = ask("snmpbulkget", SYSTEM, INTERFACES, options=["-Cn1", "-Cr4"])
                check(len(bulk) == 5, f"{what}: {bulk}")
    summary = sim.end()
    check(re.search(r" [1-9]\d* get, [1-9]\d* getnext, [1-9]\d* getbulk, 0 set, 0 other", summary),
          summary)


def walks_alike_by_getnext_and_getbulk(lab):
    """All of a device with 48 interfaces: the same names and types in order, and the same values
    where they stand still."""
    sim = started(lab, *USERS)
    one = values(sim.ask("snmpwalk", sim.peer(), ALL))
    for credentials, version in ((("-c", SECRET), "2c"), (FULL, "3")):
        for size in ("7", "50", "1000"):
            bulk = values(sim.ask("snmpbulkwalk", sim.peer(), ALL, version=version,
                                  credentials=credentials, options=[f"-Cr{size}"]))
            check(list(bulk) == list(one), f"GETBULK {size}: {set(bulk) ^ set(one)} or the order")
            for oid, (kind, value) in one.items():
                check(bulk[oid][0] == kind, f"{oid} is {kind} and {bulk[oid][0]}")
                check(moves(oid, kind) or bulk[oid][1] == value, f"{oid}: {value}, {bulk[oid]}")
    rows = [oid for oid in one if oid.startswith(f"{INTERFACES}.2.1.10.")]
    check(len(rows) == 48 and len(one) > 48 * 41, f"{len(rows)} rows, {len(one)} values")
    names = [tuple(map(int, oid.split("."))) for oid in one]
    check(names == sorted(names), "names do not increase")


def makes_the_same_devices_of_the_same_seed(lab):
    """What stands still is equal in two runs; another seed makes others."""
    found = []
    for seed in ("7", "7", "8"):
        sim = started(lab, "--seed", seed, "-n", "3", listen=[MANY])
        walked = values(sim.ask("snmpbulkwalk", sim.peer("127.1.0.3"), ALL, options=["-Cr50"]))
        found.append({oid: value for oid, value in walked.items() if not moves(oid, value[0])})
        sim.end()
    check(found[0] == found[1], "two runs differ")
    check(found[0] != found[2], "the seed changes nothing")


def is_silent_or_refuses_when_credentials_are_wrong(lab):
    """Communities are met with silence (RFC 3584 §5), users with a Report (RFC 3414 §3.2)."""
    sim = started(lab, *USERS)
    for version in ("1", "2c"):
        for wrong in ("public", SECRET[:-1], f"{SECRET}x", ""):
            done = sim.ask("snmpget", sim.peer(), NAME, version=version,
                           credentials=("-c", wrong), options=["-t0.2"])
            check("Timeout" in done.stderr, f"{wrong!r}: {done.stdout}{done.stderr}")
    wrongs = {("-u", "nobody", "-l", "noAuthNoPriv"): "Unknown user name",
              (*HALF[:-1], f"{AUTH_PASSWORD}x"): "Authentication failure",
              ("-u", "half", "-l", "noAuthNoPriv"): "authorizationError",
              (*FULL[:2], "-l", "authNoPriv", *FULL[4:8]): "authorizationError",
              (*OPEN[:3], "authNoPriv", *HALF[4:]): "Unsupported security level",
              (*FULL[:-1], f"{PRIV_PASSWORD}x"): "Decryption error|Timeout",
              (*FULL, "-n", "elsewhere"): "Bad context specified|Unknown context"}
    for credentials, expected in wrongs.items():
        done = sim.ask("snmpget", sim.peer(), NAME, version="3", credentials=credentials,
                       options=["-t1"] if "Timeout" in expected else [])
        check(done.returncode != 0 and re.search(expected, done.stderr),
              f"{credentials}: {done.stdout}{done.stderr}")
    check(text_of(sim.ask("snmpget", sim.peer(), NAME)) == "sim000000", "the right one is refused")
    counted = "agent_bad_communities_total                 8"
    sim.until_counted(counted)
    check(counted in sim.end(), sim.err)


def is_one_device_at_any_address(lab):
    """A wildcard, as in a container: whatever address is asked answers, from there."""
    sim = lab.simulate("--community", SECRET, "--listen", "0.0.0.0:0")
    for address in ("127.0.0.1", "127.9.8.7"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(5 * _lab.FACTOR)
            s.connect((address, sim.ports[0]))
            s.send(get_request(NAME, 1 << 24))
            check(s.recv(2000).endswith(b"sim000000"), "another device")
    sim.end()


def discover(sim):
    """Engine ID, boots and time as a device reports them to who knows nothing (RFC 3414 §4)."""
    header = b"\x30\x11\x02\x04\x01\0\0\0\x02\x03\0\xff\xe3\x04\1\4\2\1\3"
    usm = b"\4\x10\x30\x0e\4\0\2\1\0\2\1\0\4\0\4\0\4\0"
    scoped = b"\x30\x14\4\0\4\0\xa0\x0e\2\4\1\0\0\0\2\1\0\2\1\0\x30\0"
    body = b"\2\1\3" + header + usm + scoped
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(5 * _lab.FACTOR)
        s.connect(("127.0.0.1", sim.ports[0]))
        s.send(bytes([0x30, len(body)]) + body)
        answer = s.recv(2000)
    found = re.search(rb"\x04\x0b(.{11})\x02([\1-\4])", answer, re.S)
    check(found, f"no engine in {answer!r}")
    at = found.end()
    boots = answer[at:at + found.group(2)[0]]
    at += len(boots)
    return found.group(1), int.from_bytes(boots, "big"), \
        int.from_bytes(answer[at + 2:at + 2 + answer[at + 1]], "big")


def is_taken_for_restarted_when_it_is(lab):
    """One engine ID in every run of a seed, more boots in each: nothing of an earlier run is a
    replay, and managers take up the new time."""
    found = []
    for seed in ("1", "1", "2"):
        sim = started(lab, *USERS, "--seed", seed)
        second = int(time.time())  # the run has begun by now, and begins with its second
        found.append(discover(sim))
        sim.end()
        wait_until(lambda since=second: int(time.time()) > since, 10, "the next second")
    check(found[0][0] == found[1][0] != found[2][0], f"{found}")
    check(1 < found[0][1] < found[1][1] < found[2][1], f"{found}")


def sets_what_one_device_is_told(lab):
    """With --writable; the neighbour keeps its own."""
    sim = started(lab, *USERS, "--writable", "-n", "2", listen=[MANY])
    neighbour = sim.ask("snmpget", sim.peer("127.1.0.2"), CONTACT).stdout
    for version, credentials in WAYS:
        text = f"told by {version} {credentials[1][-8:]}"
        done = sim.ask("snmpset", sim.peer("127.1.0.1"), CONTACT, "s", text, version=version,
                       credentials=credentials)
        check(text_of(done) == text, f"the answer to SET: {done.stdout}")
        for reader, with_credentials in WAYS:
            seen = text_of(sim.ask("snmpget", sim.peer("127.1.0.1"), CONTACT, version=reader,
                                   credentials=with_credentials))
            check(seen == text, f"set by {version}, read by {reader}: {seen}")
    walked = values(sim.ask("snmpbulkwalk", sim.peer("127.1.0.1"), SYSTEM))
    check(walked[CONTACT] == ("OCTET STRING", text.encode()), f"the walk: {walked[CONTACT]}")
    check(sim.ask("snmpget", sim.peer("127.1.0.2"), CONTACT).stdout == neighbour,
          "the neighbour has it too")
    done = sim.ask("snmpset", sim.peer("127.1.0.1"), CONTACT, "s", "lost", UPTIME, "t", "1")
    check(done.returncode and re.search("notWritable|noAccess", done.stderr), done.stderr)
    check(text_of(sim.ask("snmpget", sim.peer("127.1.0.1"), CONTACT)) == text,
          "a SET that failed was half done")
    check(" 6 set," in sim.end(), sim.err)


def refuses_set_unless_writable(lab):
    """RFC 3416 §4.2.5, and RFC 3584 §4.4 for SNMPv1."""
    sim = started(lab)
    for version, expected in (("1", "noSuchName|readOnly"), ("2c", "noAccess|notWritable")):
        before = sim.ask("snmpget", sim.peer(), CONTACT).stdout
        done = sim.ask("snmpset", sim.peer(), CONTACT, "s", "new", version=version)
        check(done.returncode and re.search(expected, done.stderr), done.stderr)
        check(sim.ask("snmpget", sim.peer(), CONTACT).stdout == before, "it was set")


def recordings(lab):
    """A folder of them, one of them in a folder of its own, one compressed, one broken."""
    os.makedirs(lab.path("data/sites"))
    record = "1.3.6.1.2.1.1.1.0|4|{}\n1.3.6.1.2.1.1.5.0|4|{}\n"
    lab.write("data/alpha.snmprec", record.format("device alpha", "a"))
    lab.write("data/sites/beta.snmpwalk", ".1.3.6.1.2.1.1.1.0 = STRING: \"device beta\"\n")
    with gzip.open(lab.path("data/gamma.snmprec.gz"), "wt") as f:
        f.write(record.format("device gamma", "g"))
    lab.write("data/broken.snmprec", "what is this\n1.3.6.1.2.1.1.1.0|99|?\n")
    lab.write("data/cracked.snmprec", record.format("device cracked", "c") + "1.3.x|2|5\n")
    lab.write("data/README", "no recording")
    return lab.path("data")


def plays_recordings_by_address_community_and_context(lab):
    """In turn at addresses; by name as community; by name and by its MD5 as context, as snmpsim
    has it."""
    sim = started(lab, *USERS, "--data", recordings(lab), "-n", "6", listen=[MANY])
    in_turn = ["alpha", "cracked", "gamma", "beta"]
    for number in range(6):
        seen = text_of(sim.ask("snmpget", sim.peer(f"127.1.0.{number + 1}"), DESCR))
        check(seen == f"device {in_turn[number % 4]}", f"device {number} is {seen}")
    for name in ("alpha", "gamma", "cracked", "sites/beta"):
        expected = f"device {name.rsplit('/', maxsplit=1)[-1]}"
        for version in ("1", "2c"):
            seen = text_of(sim.ask("snmpget", sim.peer("127.1.0.5"), DESCR, version=version,
                                   credentials=("-c", name)))
            check(seen == expected, f"community {name}: {seen}")
        for context in (name, hashlib.md5(name.encode()).hexdigest()):
            seen = text_of(sim.ask("snmpget", sim.peer("127.1.0.5"), DESCR, version="3",
                                   credentials=(*FULL, "-n", context)))
            check(seen == expected, f"context {context}: {seen}")
    done = sim.ask("snmpget", sim.peer("127.1.0.5"), DESCR, credentials=("-c", "broken"),
                   options=["-t0.2"])
    check("Timeout" in done.stderr, f"the broken one answers: {done.stdout}")


def tells_file_and_line_of_a_bad_recording_and_goes_on(lab):
    """Status 1 in the end: one file could not be used."""
    data = recordings(lab)
    sim = started(lab, "--data", data)
    for text in (f"{data}/broken.snmprec:1: ", f"{data}/broken.snmprec:2: ",
                 f"{data}/cracked.snmprec:3: ", "left out: 1 files, 3 lines"):
        check(text in sim.err, f"{text!r} is not in {sim.err}")
    check(text_of(sim.ask("snmpget", sim.peer(), DESCR)) == "device alpha", "it does not answer")
    sim.signal(signal.SIGTERM)
    check(sim.wait() == 1, "status")
    os.remove(f"{data}/broken.snmprec")
    started(lab, "--data", data).end()


def makes_up_devices_beside_recordings(lab):
    """--synthetic: recordings only by their names."""
    sim = started(lab, "--data", recordings(lab), "--synthetic")
    check(text_of(sim.ask("snmpget", sim.peer(), NAME)) == "sim000000", "no made-up device")
    seen = text_of(sim.ask("snmpget", sim.peer(), DESCR, credentials=("-c", "alpha")))
    check(seen == "device alpha", seen)


def takes_users_and_community_from_an_auths_file(lab):
    """snmp_exporter's format, secrets from the environment."""
    path = lab.write("auths.yml", "auths:\n"
                     "  v2: {version: 2, community: '${WORD}'}\n"
                     "  v3: {version: 3, username: full, security_level: authPriv,\n"
                     "       auth_protocol: SHA, password: '${WORD}-auth',\n"
                     "       priv_protocol: AES, priv_password: '${WORD}-priv'}\n")
    sim = lab.simulate("--auths", path, "--user", "half:SHA256:${WORD}-auth",
                       "--listen", "127.0.0.1:0", env={**os.environ, "WORD": SECRET})
    for version, credentials in (("2c", ("-c", SECRET)), ("3", FULL), ("3", HALF)):
        seen = text_of(sim.ask("snmpget", sim.peer(), NAME, version=version,
                               credentials=credentials))
        check(seen == "sim000000", seen)
    check("warning" not in sim.err, sim.err)
    sim.end()


def loses_and_holds_answers_as_told(lab):
    """All of them, or each for a while."""
    sim = started(lab, "--fault", "loss=100%")
    done = sim.ask("snmpget", sim.peer(), NAME, options=["-t0.3"])
    check("Timeout" in done.stderr, f"an answer was not lost: {done.stdout}")
    sim.until_counted(" 1 hit by faults")
    check(" 1 hit by faults" in sim.end(), sim.err)
    sim = started(lab, "--fault", "delay=400ms")
    began = time.monotonic()
    check(text_of(sim.ask("snmpget", sim.peer(), NAME)) == "sim000000", "no answer")
    check(time.monotonic() - began >= 0.4, "the answer was not held")
    sim.end()


def goes_round_in_circles_as_told(lab):
    """A walk meets a column whose names do not increase."""
    sim = started(lab, "--fault", "nonincreasing")
    for program in ("snmpwalk", "snmpbulkwalk"):
        done = sim.ask(program, sim.peer(), f"{INTERFACES}.2")
        check("OID not increasing" in done.stderr, f"{program}: {done.stderr}")
    done = sim.ask("snmpbulkwalk", sim.peer(), SYSTEM)
    check(done.returncode == 0, f"system too: {done.stderr}")


def keeps_answers_below_the_largest_message(lab):
    """--max-message: GETBULK is cut, GET of too much is tooBig."""
    sim = started(lab, "--max-message", "484")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(5 * _lab.FACTOR)
        s.connect(("127.0.0.1", sim.ports[0]))
        s.send(get_request(NAME, 1 << 24))
        check(len(s.recv(2000)) <= 484, "too long")
    walked = values(sim.ask("snmpbulkwalk", sim.peer(), SYSTEM, options=["-Cr100"]))
    check(walked.keys() == values(sim.ask("snmpwalk", sim.peer(), SYSTEM)).keys(), "it differs")
    done = sim.ask("snmpget", sim.peer(), *[f"{INTERFACES}.2.1.2.{n}" for n in range(1, 30)])
    check("tooBig" in done.stderr, f"{done.stdout}{done.stderr}")
    sim = started(lab, *USERS, "--fault", "max_message=600")
    for version, credentials in (("2c", ("-c", SECRET)), ("3", FULL)):
        done = sim.ask("snmpbulkget", sim.peer(), f"{INTERFACES}.2.1.2", version=version,
                       credentials=credentials, options=["-Cr100", "-d"])
        sizes = [int(n) for n in re.findall(r"Received (\d+)", done.stderr + done.stdout)]
        check(sizes and 400 < max(sizes) <= 600, f"version {version}: answers of {sizes} octets")


def is_polled_by_the_targets_it_writes(lab):
    """--targets and sonde poll's file_sd: every round ok, every interface a row."""
    sim = started(lab, "-n", "40", "--interfaces", "10", "--targets", lab.path("targets.json"),
                  listen=[MANY])
    lab.config(f"  - file_sd: {{files: [\"{lab.path('targets.json')}\"]}}\n")
    run, status = lab.poll("--once")
    check(status == 0, run.err)
    check(len(_lab.rounds(run.records)) == 40, "not 40 rounds")
    interfaces = [r for r in _lab.rows(run.records) if r["table"] == "if_mib_ifIndex"]
    check(len(interfaces) == 400, f"{len(interfaces)} rows")
    sim.end()


def lists_its_devices(lab):
    """As lines and as file_sd, without opening a socket."""
    run, status = lab.sonde("simulate", "-n", "300", "--list")
    lines = run.out.split()
    check(status == 0 and len(lines) == len(set(lines)) == 300, f"{status}: {run.out[:200]}")
    check((lines[0], lines[255], lines[299]) ==
          ("127.1.0.1:16100", "127.1.1.0:16100", "127.1.1.44:16100"), f"{lines}")
    run, _ = lab.sonde("simulate", "--list=file_sd", "--data", recordings(lab), "-n", "6",
                       "--listen", "[::1]:161", "--listen", "127.5.0.0/24:161")
    groups = json.loads(run.out)
    check([g["labels"]["recording"] for g in groups] == ["alpha", "cracked", "gamma",
                                                         "sites/beta"], run.out)
    check(groups[0]["targets"] == ["[::1]:161", "127.5.0.4:161"], run.out)
    check(sum(len(g["targets"]) for g in groups) == 6, run.out)
    run, _ = lab.sonde("simulate", "--list", "--listen", "127.9.0.0/29")
    check(run.out.split() == [f"127.9.0.{n}:16100" for n in range(1, 7)], run.out)


def ends_by_itself_and_by_signals(lab):
    """--duration; TERM, INT and HUP; USR1 only prints."""
    sim = started(lab, "--duration", "300ms")
    check(sim.wait() == 0, sim.err)
    check(float(re.search(r" 0 requests in ([\d.]+) s", sim.err).group(1)) >= 0.3, sim.err)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        sim = started(lab)
        sim.ask("snmpget", sim.peer(), NAME)
        sim.signal(signal.SIGUSR1)
        sim.until_said("1 requests in")
        check(sim.process.poll() is None, "SIGUSR1 ended it")
        sim.signal(number)
        check(sim.wait() == 0, f"signal {number}")
        check(sim.err.count("1 requests in") == 2, sim.err)


def writes_counters_for_prometheus(lab):
    """Whole files, at the start and at the end."""
    sim = started(lab, "--metrics", lab.path("sonde.prom"))
    check("sonde_agent_gets_total 0\n" in lab.read(lab.path("sonde.prom")), "not there at the start")
    text_of(sim.ask("snmpget", sim.peer(), DESCR))
    sim.end()
    found = lab.read(lab.path("sonde.prom"))
    check("\nsonde_agent_gets_total 1\n" in found and found.endswith("\n"), found)
    check("# TYPE sonde_agent_gets_total counter\n" in found, found)


def counts_as_json(lab):
    """A line a while and a summary on stdout; nothing but errors on stderr with --quiet."""
    sim = started(lab, "--json", "--stats", "200ms")
    for _ in range(3):
        sim.ask("snmpbulkget", sim.peer(), SYSTEM, options=["-Cr8"])
    wait_until(lambda: '"getbulk":3' in sim.out, 10, "the statistics")
    sim.end()
    lines = [json.loads(line) for line in sim.out.splitlines()]
    check([line["event"] for line in lines] == ["stats"] * (len(lines) - 1) + ["summary"], sim.out)
    last = lines[-1]
    check((last["requests"], last["getbulk"], last["responses"], last["varbinds"]) == (3, 3, 3, 24),
          f"{last}")
    check(last["memory_bytes"] > 1 << 20 and last["rx_bytes"] > 100, f"{last}")
    run, status = lab.sonde("simulate", "--quiet", "--duration", "1ms", "--listen", "127.0.0.1:0")
    check((status, run.err, run.out) == (0, "", ""), f"{status}: {run.err}{run.out}")


def ends_when_nobody_reads_its_statistics(lab):
    """Status 1, as everywhere."""
    reader, writer = os.pipe()
    run = _lab.Run(lab, ["simulate", "--json", "--stats", "50ms", "--listen", "127.0.0.1:0"],
                   stdout=writer)
    os.close(writer)
    os.close(reader)
    check(run.wait() == 1, run.err)


def does_not_share_a_port_with_another_program(lab):
    """Though its own workers share it."""
    sim = started(lab, "-n", "10", "--threads", "2", listen=[MANY])
    run, status = lab.sonde("simulate", "-n", "10", "--threads", "2", "--listen",
                            f"127.1.0.1/16:{sim.ports[0]}")
    check(status == 1 and "Address already in use" in run.err, run.err)
    check(text_of(sim.ask("snmpget", sim.peer("127.1.0.10"), NAME)) == "sim000009", "the first")


def runs_on_either_back_end_and_any_number_of_workers(lab):
    """One worker is as good as four."""
    for backend in ("recvmmsg", "io_uring"):
        for threads in ("1", "4"):
            run = _lab.Run(lab, ["simulate", "--community", SECRET, "--io", backend, "-n", "9",
                                 "--threads", threads, "--duration", "1ms", "--listen", MANY])
            if run.wait() == 1 and "cannot open sockets" in run.err:
                continue  # this kernel does not allow io_uring
            check(f"{threads} worker{'s' if threads > '1' else ''} ({backend})" in run.err, run.err)
            sim = started(lab, "--io", backend, "-n", "9", "--threads", threads, "--writable",
                          listen=[MANY])
            for number in range(1, 10):
                where = sim.peer(f"127.1.0.{number}")
                sim.ask("snmpset", where, CONTACT, "s", f"who asks {number}")
                for _ in range(3):  # another port each: not dealt by who asks
                    check(text_of(sim.ask("snmpget", where, CONTACT)) == f"who asks {number}",
                          f"{backend}, {threads}: device {number} has two lives")
            sim.end()


def refuses_to_listen_to_strangers_unasked(lab):
    """Beyond loopback somebody must be named who may ask; and there is a warning."""
    run, status = lab.sonde("simulate", "--listen", "192.0.2.1")
    check(status == 2 and "expected --community, --user or --auths" in run.err, run.err)
    for text in ("0.0.0.0", "[::]:161"):
        run, status = lab.sonde("simulate", "--listen", text)
        check(status == 2 and "--listen" in run.err, run.err)
    run = _lab.Run(lab, ["simulate", "--listen", "192.0.2.1:0", "--community", SECRET,
                         "--duration", "1ms"])
    check(run.wait() == 0 and "warning: listening beyond loopback" in run.err, run.err)


def says_what_it_expected(lab):
    """Status 2 and one line for each wrong option, before anything is opened."""
    lab.write("two.yml", "auths: {a: {community: x1}, b: {community: x2}}\n")
    wrong = {"--listen elsewhere": "127.1.0.1/16:16100", "--listen 127.0.0.1/33": "1 to 32 bits",
             "--listen 127.0.0.1:65536": "ADDR:PORT", "--listen 127.0.0.1/x": "ADDR/BITS",
             "--listen ::1/129": "ADDR/BITS", "--listen 127.0.0.1:": "ADDR:PORT",
             "--listen 127.1.0.0/24 --listen 127.1.0.7": "addresses that no other --listen has",
             "--listen 127.0.0.1 -n 2": "expected 1 to 1",
             "--listen 127.0.0.0/8": "expected --devices with at most",
             "-n 0": "a number from 1", "-n many": "a number from 1", "-n 5000000": "to 4194304",
             "--interfaces 0": "1 to 1000000", "--threads 0": "1 to 1024", "--io epoll": "recvmmsg",
             "--max-message 483": "484 to 65507", "--seed -1": "a number from 0",
             "--duration 0": "above 0", "--stats soon": "500ms", "--reboot-every 1": "1m30s",
             "--fault loss=2": "2%", "--fault luck=2%": "luck", "--list=xml": "lines or file_sd",
             "--list --listen 127.0.0.1:0": "--listen with a port",
             "--user x:SHA": "NAME:AUTH:PASSWORD", "--user x:SHB:abcdefgh": "SHA",
             "--user x:SHA:${NOT_SET_AT_ALL}": "is not set", "--user :SHA:abcdefgh": "NAME",
             "--user x --user x": "x", "--auths nowhere.yml": "nowhere.yml",
             "--auths two.yml": "one community", "--data nowhere": "nowhere",
             "--data two.yml": ".snmprec", "--data .": ".snmprec", "--writeable": "--help",
             "surplus": "surplus", "--community": "--help"}
    for args, expected in wrong.items():
        run, status = lab.sonde("simulate", *args.split(" "))
        check(status == 2, f"{args}: status {status}, {run.err}")
        check(expected in run.err, f"{args}: {expected!r} is not in {run.err!r}")
        check(run.err.startswith("sonde simulate: "), f"{args}: {run.err}")
        check("ready" not in run.err, f"{args}: {run.err}")


def ask_many(sim, numbers):
    """GETs from devices of MANY's first address on, 50 at a time; what is lost is asked again."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(1)
        left = [f"127.{1 + (n >> 16)}.{n >> 8 & 255}.{n & 255}" for n in numbers]
        for _ in range(10):
            missing = set(left)
            for start in range(0, len(left), 50):
                batch = left[start:start + 50]
                for address in batch:
                    s.sendto(get_request(NAME, 1 << 24), (address, sim.ports[0]))
                for _ in batch:
                    try:
                        missing.discard(s.recvfrom(2000)[1][0])
                    except TimeoutError:
                        break
            left = sorted(missing)
            if not left:
                return
    check(not left, f"{len(left)} devices do not answer: {left[:5]}")


def begins_a_hundred_thousand_devices_in_two_seconds(lab):
    """Of 48 interfaces each, in less than 64 octets a device, and that still when many of them were
    asked."""
    _lab.not_with_sanitizers()
    few = started(lab, "--json", listen=["127.0.0.1:0"])
    many = started(lab, "--json", "-n", "100000", listen=[MANY.replace("/16", "/8")])
    spent = float(re.search(r"ready after ([\d.]+) s", many.err).group(1))
    check(spent < 2, f"ready after {spent} s")
    check(text_of(many.ask("snmpget", many.peer("127.2.134.160"), NAME)) == "sim099999", "the last")
    ask_many(many, range(1, 100001, 5))
    few.ask("snmpget", few.peer(), NAME)
    for sim in (few, many):
        sim.end()
    memory = [json.loads(sim.out.splitlines()[-1])["memory_bytes"] for sim in (few, many)]
    each = (memory[1] - memory[0]) / 100000
    print(f"ready after {spent} s, {memory[1]} octets of memory, {each:.1f} a device")
    check(each <= 64, f"{each:.0f} octets a device: {memory}")


_lab.main(answers_for_a_thousand_addresses_each_as_its_device,
          speaks_every_version_over_both_families,
          walks_alike_by_getnext_and_getbulk,
          makes_the_same_devices_of_the_same_seed,
          is_silent_or_refuses_when_credentials_are_wrong,
          is_one_device_at_any_address,
          is_taken_for_restarted_when_it_is,
          sets_what_one_device_is_told,
          refuses_set_unless_writable,
          plays_recordings_by_address_community_and_context,
          tells_file_and_line_of_a_bad_recording_and_goes_on,
          makes_up_devices_beside_recordings,
          takes_users_and_community_from_an_auths_file,
          loses_and_holds_answers_as_told,
          goes_round_in_circles_as_told,
          keeps_answers_below_the_largest_message,
          is_polled_by_the_targets_it_writes,
          lists_its_devices,
          ends_by_itself_and_by_signals,
          counts_as_json,
          writes_counters_for_prometheus,
          ends_when_nobody_reads_its_statistics,
          does_not_share_a_port_with_another_program,
          runs_on_either_back_end_and_any_number_of_workers,
          refuses_to_listen_to_strangers_unasked,
          says_what_it_expected,
          begins_a_hundred_thousand_devices_in_two_seconds)
