#!/usr/bin/env python3
"""sonde poll under SNMPv3 against real agents: the rows of v2c at every level, by passwords and by
keys, in a context, over IPv6; one request for each PDU; a trace that shows everything but secrets.

What the agents refuse is in refusals.py."""
# ctest: timeout=120
import re

import _lab
import _lab_v3
from _lab import SECRET, check, rounds, rows
from _lab_v3 import NOBODY, Simulator, level, snmpd_users, user

LEVELS = {"none": "noAuthNoPriv", "auth": "authNoPriv", "priv": "authPriv"}
ENGINE_ID = "80001f8804706f6c6c"
# What moves between two rounds.
MOVING = re.compile(r"(Octets|Pkts|Time|LastChange|Discards|Errors|QLen|Protos)$")


def passwords(some):
    """The keys of an auth for a user, as configured by a person."""
    keys = {"version": 3, "username": some.name, "security_level": LEVELS[level(some)]}
    if some.auth != "none":
        keys.update(auth_protocol=some.auth, password=some.auth_key)
    if some.priv != "none":
        keys.update(priv_protocol=some.priv, priv_password=some.priv_key)
    return keys


def master_keys(some):
    """The same user by master keys."""
    keys = passwords(some)
    keys["auth_key"] = _lab_v3.master_key(some.auth, keys.pop("password")).hex()
    keys["priv_key"] = _lab_v3.master_key(some.auth, keys.pop("priv_password")).hex()
    return keys


def localized_keys(some):
    """The same user by keys that only fit the one engine."""
    keys, engine = passwords(some), bytes.fromhex(ENGINE_ID)
    size = {"AES": 16, "DES": 16}.get(some.priv, 64)
    keys["auth_localized_key"] = _lab_v3.localized_key(
        some.auth, keys.pop("password"), engine).hex()
    keys["priv_localized_key"] = _lab_v3.localized_key(
        some.auth, keys.pop("priv_password"), engine)[:size].hex()
    keys["engine_id"] = ENGINE_ID
    return keys


def configure(lab, auths, targets, modules="if_mib,system", poll=_lab.CALM):
    """auths: keys by name; targets: list of (target, auth's name)."""
    def text(keys):
        return ", ".join(f'{key}: "{value}"' if isinstance(value, str) else f"{key}: {value}"
                         for key, value in keys.items())
    groups = "".join(f'  - static: [{{targets: ["{target}"], labels: {{auth: {name}, '
                     f'__param_module: "{modules}", __param_auth: {name}}}}}]\n'
                     for target, name in targets)
    lab.write("sonde.yaml", f"poll: {{{poll}}}\nauths:\n"
              + "".join(f"  {name}: {{{text(keys)}}}\n" for name, keys in auths.items())
              + f"module_files: [{_lab.SOURCE}/config/modules/*.yml]\n"
              f"targets:\n{groups}output:\n  - stdout: {{format: json, types: true}}\n")


def still(recs, name):
    """{(table, index, column): (type, value)} of one auth's rows, without what moves."""
    found = {}
    for row in rows(recs):
        if row["labels"]["auth"] != name:
            continue
        check(not row.get("partial"), f"{name}: a partial row: {row}")
        for column, value in row["values"].items():
            key = row["table"], row["index"], column
            check(key not in found, f"{name}: {key} came twice")
            found[key] = (row["types"][column],
                          None if MOVING.search(column) else value)
    return found


def outcome(recs, name, targets):
    """The round record of the only target with this auth."""
    target = next(t for t, auth in targets if auth == name)
    found = rounds(recs, target)
    check(len(found) == 1, f"{name}: {len(found)} rounds")
    return found[0]["round"]


def no_secret(run, texts):
    """None of these is in what the program printed, however it is written."""
    printed = (run.out + run.err).lower()
    for text in texts:
        check(text.lower() not in printed, f"a secret is printed: {text[:6]}...")
        check(text.encode().hex() not in printed, f"a secret is printed in hex: {text[:6]}...")


def reads_the_rows_of_version_2c(lab):
    """One agent, every auth on an address of its own: the same rows, about as many requests."""
    users = [user("SHA", "AES"), user("SHA256", "AES256"), user("SHA512", "AES192C"),
             user("MD5", "DES"), user("SHA224"), NOBODY]
    auths = {"v2c": {"version": 2, "community": SECRET},
             **{some.name: passwords(some) for some in users},
             "master": master_keys(users[1]), "localized": localized_keys(users[0]),
             "localized-des": localized_keys(users[3])}
    addresses = [f"127.0.0.{n + 2}" for n in range(len(auths))]
    if _lab.has_ipv6():
        addresses.append("::1")
    agent = lab.agent(addresses, extra=f"exactEngineID 0x{ENGINE_ID}\n{snmpd_users(users)}")
    targets = [(agent.target(a), name) for a, name in zip(addresses, auths)]
    if _lab.has_ipv6():
        auths["ipv6"] = passwords(users[0])
        targets.append((agent.target("::1"), "ipv6"))
    configure(lab, auths, targets)
    run, status = lab.poll("--once")
    check(status == 0, f"status {status}: {run.err[-600:]}")
    plain = still(run.records, "v2c")
    told = outcome(run.records, "v2c", targets)
    check(len(plain) > 40 and told["status"] == "ok", f"{len(plain)} values, {told}")
    for name in auths:
        found, mine = still(run.records, name), outcome(run.records, name, targets)
        wrong = {k for k in plain.keys() | found.keys() if plain.get(k) != found.get(k)}
        check(not wrong, f"{name}: {len(wrong)} differences: {sorted(wrong)[:10]}")
        check(mine["status"] == "ok" and mine["rows"] == told["rows"], f"{name}: {mine}")
        # the headers of version 3 leave less room in an answer
        check(told["requests"] <= mine["requests"] <= told["requests"] * 3 / 2,
              f"{name}: {mine}, v2c {told}")
        check(mine["retries"] == 0, f"{name}: {mine}")
    no_secret(run, [SECRET])


def asks_in_a_context(lab):
    """snmpsim shows its recording in one context; in another it is silent."""
    some = user("SHA384", "3DES")
    recording = "\n".join(f"1.3.6.1.2.1.1.{n}.0|{v}" for n, v in (
        (1, "4|in a context"), (2, "6|1.3.6.1.4.1.1"), (3, "67|100"), (5, "4|name"))) + "\n"
    agent = Simulator(lab, [some], recording)
    auths = {"right": {**passwords(some), "context_name": Simulator.CONTEXT},
             "wrong": {**passwords(some), "context_name": "nowhere"}}
    for name, expected in (("right", "ok"), ("wrong", "ignored")):
        targets = [(agent.target(), name)]
        configure(lab, auths, targets, modules="system", poll="timeout: 2s, retries: 1")
        run, status = lab.poll("--once")
        told = outcome(run.records, name, targets)
        check(told["status"] == expected and status == (expected != "ok"), f"{name}: {told}")
        shown = [value for value in still(run.records, name).values()]
        check((("OCTET STRING", "in a context") in shown) == (expected == "ok"), f"{shown}")


def tells_of_a_cipher_that_cannot_fit(lab):
    """snmpd wants whole blocks of 8 octets for DES; AES gives others, and that it reports."""
    some = user("SHA", "DES")
    agent = lab.agent(extra=f"exactEngineID 0x{ENGINE_ID}\n{snmpd_users([some])}")
    targets = [(agent.target(), "aes")]
    configure(lab, {"aes": passwords(some._replace(priv="AES"))}, targets)
    run, status = lab.poll("--once")
    told = outcome(run.records, "aes", targets)
    check(told["status"] == "decryptionError" and status == 1, f"status {status}, {told}")
    check(told["requests"] == 1 and told["retries"] == 0, f"{told}")


def traces_everything_but_secrets(lab):
    """At authPriv: the PDUs in clear, and neither password nor key of any kind in any spelling."""
    some = user("SHA256", "AES256")
    agent = lab.agent(extra=f"exactEngineID 0x{ENGINE_ID}\n{snmpd_users([some])}")
    secrets = [some.auth_key, some.priv_key]
    for password in (some.auth_key, some.priv_key):
        engine = bytes.fromhex(ENGINE_ID)
        secrets += [_lab_v3.master_key(some.auth, password).hex(),
                    _lab_v3.localized_key(some.auth, password, engine).hex()]
    for keys in (passwords(some), master_keys(some), localized_keys(some)):
        configure(lab, {"lab": keys}, [(agent.target(), "lab")], modules="system")
        run, status = lab.poll("--once", "--trace", agent.target())
        check(status == 0, f"status {status}: {run.err[-600:]}")
        check(re.search(r"1\.3\.6\.1\.2\.1\.1\.3\.0 = TimeTicks: \d+", run.err), "no PDU in clear")
        check("authPriv" in run.err and some.name in run.err, "not what was asked")
        no_secret(run, secrets)
        # Not even the ends of keys: 8 octets in hexadecimal.
        no_secret(run, [s[:16] for s in secrets if re.fullmatch("[0-9a-f]+", s)])


_lab.main(reads_the_rows_of_version_2c,
          asks_in_a_context,
          tells_of_a_cipher_that_cannot_fit,
          traces_everything_but_secrets)
