#!/usr/bin/env python3
"""The manual pages and the README say what the program does: options, commands, record keys,
configurations that load."""
# ctest: timeout=60
import glob
import os
import re
import shutil
import subprocess

import _lab
from _lab import check, rounds, rows

PAGES = f"{_lab.SOURCE}/docs/man"


def page(lab, name):
    """The source of a page."""
    text = lab.read(f"{PAGES}/{name}.1")
    check(text, f"no page {name}")
    return text


def told(*args):
    """What the program says to these arguments."""
    return subprocess.run([_lab.SONDE, *args], capture_output=True, text=True, check=True).stdout


def check_options(text, said, what):
    """Long options, and which letters stand for some, are the same in a list of options and in a
    help. Returns both."""
    ours = set(re.findall(r"--([a-z-]+)", said))
    items = set()
    for line in re.findall(r"^\.It (Fl .*)$", text, re.M):
        items |= set(re.findall(r"Fl Fl ([a-z-]+)", line))
    check(ours == items, f"{what}: help and page differ: {ours ^ items}")
    short = set(re.findall(r"^  -(\w), --([a-z-]+)", said, re.M))
    pairs = set(re.findall(r"^\.It Fl (\w) , Fl Fl ([a-z-]+)", text, re.M))
    check(short == pairs, f"{what}: short options differ: {short ^ pairs}")
    return ours, short


def have_every_option_of_the_help_and_no_other(lab):
    """--help and the list of options; and the synopsis shows each of them."""
    for command in ("poll", "simulate", "load"):
        text = page(lab, f"sonde-{command}")
        said = told(command, "--help").split("signals:")[0]
        ours, short = check_options(text.split(".Ss ")[0], said, command)
        synopsis = text.split(".Sh SYNOPSIS")[1].split(".Sh DESCRIPTION")[0]
        seen = set(re.findall(r"Fl (?:Fl )?([a-z-]+)", synopsis))
        names = {dict((b, a) for a, b in short).get(name, name) for name in ours} - {"h"}
        check(seen == names, f"{command}: the synopsis differs: {seen ^ names}")


def have_every_option_of_recording(lab):
    """Which has a help of its own, and a part of simulate's page."""
    text = page(lab, "sonde-simulate").split(".Ss Making a recording")[1].split(".Sh ")[0]
    said = told("simulate", "--record", "--help").split("status:")[0]
    check_options(text, said, "record")
    letters = set(re.findall(r" -(\w) [A-Z1]", said.split("as whom")[1]))
    listed = set(re.findall(r"Fl (\w) Ar", text)) - {"o"}
    check(letters == listed and len(letters) > 8, f"letters differ: {letters ^ listed}")


def explain_every_fault(lab):
    """Those that --fault reads: the page, and the one on simulated devices."""
    table = set(re.findall(r'^\t\{"(\w+)", [A-Z]+, offsetof',
                           lab.read(f"{_lab.SOURCE}/src/agent/fault_parse.c"), re.M))
    check(len(table) > 10, "no table")
    text = page(lab, "sonde-simulate").split(".Ss Faults")[1].split(".Sh ")[0]
    check(set(re.findall(r"^\.It Cm (\w+)", text, re.M)) == table, f"the page has not {table}")
    text = lab.read(f"{_lab.SOURCE}/docs/SIMULATE.md").split("## Faults")[1].split("\n## ")[0]
    rows_of = " ".join(re.findall(r"^\| (`.*?) \|", text, re.M))
    check(set(re.findall(r"`(\w+)", rows_of)) == table, "SIMULATE.md has others")


def list_every_command(lab):
    """sonde --help and sonde(1)."""
    text = page(lab, "sonde")
    commands = re.findall(r"^  (\w+) ", told("--help").split("commands:")[1], re.M)
    items = re.findall(r"^\.It Cm (\w+)", text, re.M)
    check(commands == items, f"{commands} and {items}")
    for name in commands:
        page(lab, f"sonde-{name}")


def explain_every_key_of_a_record(lab):
    """Keys of real rows and round records, in the page's order."""
    agent, dead = lab.agent(), _lab.Silent(lab)
    lab.config([agent.target(), dead.target], poll="timeout: 1s, retries: 0")
    run, _ = lab.poll("--once")
    text = page(lab, "sonde-poll").split(".Ss Records")[1].split(".Sh SIGNALS")[0]
    listed = re.findall(r"^\.It Cm (\w+)", text, re.M)
    for row in rows(run.records):
        check(list(row) == [k for k in listed if k in row], f"{list(row)} and {listed}")
    words = set(re.findall(r"\w+", text))
    for record in rounds(run.records):
        missing = (set(record["round"]) | {record["round"]["status"]}) - words
        check(not missing, f"{missing} of a round record is not explained")


def explain_every_status(lab):
    """Those of the table in record/round.h, in its order, and the same in the page on SNMPv3."""
    table = re.findall(r'X\([A-Z_]+,\s+"(\w+)"', lab.read(f"{_lab.SOURCE}/src/record/round.h"))
    text = page(lab, "sonde-poll").split(".Ss Statuses")[1].split(".Ss ")[0]
    check(table, "no table")
    check(re.findall(r"^\.It Cm (\w+)", text, re.M) == table, f"the page has not just {table}")
    own = set(re.findall(r"^\| `(\w+)` \| (?:usm|snmp|another|nothing)",
                         lab.read(f"{_lab.SOURCE}/docs/SNMPV3.md"), re.M))
    secure = set(table[table.index("wrongDigest"):table.index("overload")])
    check(own == secure | {"timeout"}, f"SNMPV3.md: {own ^ (secure | {'timeout'})}")


def show_configurations_that_load(lab):
    """The README's, the one on SNMPv3, and the example they tell to copy."""
    shutil.copytree(f"{_lab.SOURCE}/config", lab.path("config"))
    for source, name in (("README.md", "readme.yaml"), ("docs/SNMPV3.md", "secure.yaml")):
        text = lab.read(f"{_lab.SOURCE}/{source}")
        lab.write(f"config/{name}", re.search(r"^```yaml\n(.*?)^```$", text, re.M | re.S).group(1))
    lab.write("config/old-password", "no secret, only long enough")
    secrets = {n: _lab.SECRET for n in ("COMMUNITY", "AUTH_PASSWORD", "PRIV_PASSWORD")}
    for name in ("readme.yaml", "secure.yaml", "sonde.yaml"):
        run, status = lab.poll("--check", "-c", f"config/{name}", env={**os.environ, **secrets})
        check(status == 0, f"{name}: {run.err}")
        check("ok: " in run.err and "warning" not in run.err, f"{name}: {run.err}")
        check("nothing would be polled" not in run.err, f"{name}: {run.err}")


def are_well_formed(lab):
    """groff has nothing to say about them."""
    man = _lab.tool("man")
    for path in glob.glob(f"{PAGES}/*.1"):
        done = subprocess.run([man, "-l", "--warnings", path], capture_output=True, text=True,
                              env={"PATH": _lab.TOOLS_PATH, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"},
                              check=False)
        check(done.returncode == 0 and not done.stderr, f"{path}: {done.stderr}")
        check(len(done.stdout) > 500, f"{path}: {done.stdout!r}")


_lab.main(have_every_option_of_the_help_and_no_other,
          have_every_option_of_recording,
          explain_every_fault,
          list_every_command,
          explain_every_key_of_a_record,
          explain_every_status,
          show_configurations_that_load,
          are_well_formed)
