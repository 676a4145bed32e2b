#!/usr/bin/env python3
"""What a real snmpd refuses under SNMPv3: each refusal has its status, and makes rounds rare."""
# ctest: timeout=120
import re

import _lab
from _lab import SECRET, check, rounds, rows

# What is wrong with an auth, and what the round record then says. snmpd says nothing about what it
# cannot decrypt and about contexts it does not know.
SOUND = {"version": 3, "username": "watcher", "security_level": "authPriv", "auth_protocol": "SHA",
         "password": f"{SECRET}-auth", "priv_protocol": "AES", "priv_password": f"{SECRET}-priv"}
CASES = {
    "sound": ({}, "ok"),
    "password": ({"password": f"{SECRET}-auht"}, "wrongDigest"),
    "hash": ({"auth_protocol": "SHA256"}, "wrongDigest"),
    "user": ({"username": "watchre"}, "unknownUserName"),
    "level": ({"username": "signer"}, "unsupportedSecLevel"),
    "engine": ({"engine_id": "8000000001020304"}, "unknownEngineID"),
    "cipher": ({"priv_protocol": "DES"}, "ignored"),
    "privacy": ({"priv_password": f"{SECRET}-prvi"}, "ignored"),
    "context": ({"context_name": "nowhere"}, "ignored"),
}


def secure_agent(lab, addresses):
    """snmpd with a user for authPriv and one that can only sign."""
    return lab.agent(addresses, extra=f"createUser watcher SHA {SECRET}-auth AES {SECRET}-priv\n"
                                      f"createUser signer SHA {SECRET}-auth\n"
                                      "rouser watcher priv\nrouser signer auth")


def configure(lab, auths, targets, poll):
    """auths: keys by name; targets: auth's name by target."""
    def text(keys):
        return ", ".join(f'{key}: "{value}"' if key.endswith("id") else f"{key}: {value}"
                         for key, value in keys.items())
    groups = "".join(f'  - static: [{{targets: ["{target}"], '
                     f"labels: {{__param_module: system, __param_auth: {name}}}}}]\n"
                     for target, name in targets.items())
    lab.write("sonde.yaml",
              f"poll: {{{poll}}}\nauths:\n"
              + "".join(f"  {name}: {{{text(keys)}}}\n" for name, keys in auths.items())
              + f"module_files: [{_lab.SOURCE}/config/modules/system.yml]\n"
              f"targets:\n{groups}output:\n  - stdout: {{format: json}}\n")


def have_a_status_each(lab):
    """One agent on many addresses, one auth for each of them."""
    addresses = [f"127.0.0.{i + 2}" for i in range(len(CASES))]
    agent = secure_agent(lab, addresses)
    targets = {agent.target(a): name for a, name in zip(addresses, CASES)}
    configure(lab, {name: {**SOUND, **keys} for name, (keys, _) in CASES.items()}, targets,
              "timeout: 1s, retries: 1, retransmit: fixed")
    run, status = lab.poll("--once")
    check(status == 1, f"status {status}")
    for target, name in targets.items():
        told = rounds(run.records, target)[0]["round"]
        check(told["status"] == CASES[name][1], f"{name}: {told}")
        if told["status"] == "ok":
            check(rows(run.records, target), "no rows")
            continue
        check(told["requests"] == 1 and told["varbinds"] == 0, f"{name}: {told}")
        silent = told["status"] == "ignored"
        check(told["timeouts"] == 0 and told["retries"] == silent, f"{name}: {told}")
    refused = sum(status != "ok" for _, status in CASES.values())
    check(re.search(rf"SNMPv3 .*, {refused} refused;", run.err), "not in the summary")
    check(re.search(r"report_wrong_digests_total +2 ", run.err), "not counted by object")


def make_rounds_rare_until_a_reload_changes_the_password(lab):
    """A round each second: after 0, 2 and 6 s, and again each second once the password is right."""
    agent = secure_agent(lab, ["127.0.0.2", "127.0.0.3"])
    right, wrong = agent.target("127.0.0.2"), agent.target("127.0.0.3")
    targets = {right: "sound", wrong: "password"}
    poll = "interval: 1s, timeout: 5s, retries: 0"
    bad = {**SOUND, **CASES["password"][0]}
    configure(lab, {"sound": SOUND, "password": bad}, targets, poll)
    run = lab.start()
    run.until_rounds(3, wrong, "wrongDigest")
    sound = len(rounds(run.records, right))
    check(sound >= 6, f"{sound} rounds of the other target")
    configure(lab, {"sound": SOUND, "password": SOUND}, targets, poll)
    run.signal(_lab.signal.SIGHUP)
    run.until_rounds(2, wrong, "ok", seconds=6)  # the fourth refused one would have been at 14 s
    run.signal(_lab.signal.SIGTERM)
    status = run.wait()
    check(status == 0, f"status {status}")
    told = [r["round"] for r in rounds(run.records, wrong)]
    check([t["status"] for t in told[:4]] == ["wrongDigest"] * 3 + ["ok"], f"{told}")
    check(not any(t["skipped"] for t in told), f"{told}")
    held = re.search(r"(\d+) rounds left out for refusals", run.err)
    check(held and 4 <= int(held.group(1)) <= 11, run.err[-1500:])


_lab.main(have_a_status_each,
          make_rounds_rare_until_a_reload_changes_the_password)
