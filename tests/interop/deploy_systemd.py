#!/usr/bin/env python3
"""deploy/systemd and deploy/sysctl: systemd finds nothing wrong with the unit, its exposure stays as low
as it is, and the program polls by either back end with what the unit forbids in force: system calls,
address families, memory that is writable and executable, privileges; from there it reaches the manager and
its watchdog. The keys of the sysctl file exist."""
# ctest: timeout=120
import ctypes
import errno
import json
import os
import re
import struct
import subprocess

import _confine
import _lab
import _spool
from _exporter import AUTHS, USER
from _lab import SECRET, Skip, check
from _manager import Manager

FOLDER = f"{_lab.SOURCE}/deploy"
UNIT = f"{FOLDER}/systemd/sonde.service"
EXPOSURE = 12  # tenths; what is left is the network, and the pinning of workers

LOAD, EQUAL, BITS, RETURN = 0x20, 0x15, 0x45, 0x06  # instructions of BPF
NUMBER, ARGUMENT = 0, 16  # where seccomp_data has the call's number, and the first argument
PROT_WRITE, PROT_EXEC = 2, 4
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}


def setting(name):
    """The values of a key of the unit, in their order."""
    return re.findall(rf"(?m)^{name}=(.*)$", _lab.Lab.read(UNIT))


def placed(lab):
    """The unit with the program under test in place of the installed one."""
    text = lab.read(UNIT)
    check("ExecStart=/usr/bin/sonde poll " in text, "another ExecStart")
    return lab.write("sonde.service", text.replace("/usr/bin/sonde", _lab.SONDE), mode=0o644)


def is_a_unit_systemd_takes(lab):
    """verify, and the users file."""
    done = subprocess.run([_lab.tool("systemd-analyze"), "verify", "--man=no", placed(lab)],
                          capture_output=True, text=True, check=False)
    about_us = [line for line in done.stderr.splitlines() if "sonde" in line]
    check(done.returncode == 0 and not about_us, f"verify: {done.returncode} {done.stderr[-600:]}")
    done = subprocess.run([_lab.tool("systemd-sysusers"), "--dry-run",
                           f"{FOLDER}/systemd/sonde.sysusers.conf"],
                          capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"sysusers: {done.stderr[-600:]}")
    check(setting("User") == re.findall(r"(?m)^u (\S+)", lab.read(
        f"{FOLDER}/systemd/sonde.sysusers.conf")), "another user than the unit's")


def is_exposed_as_little_as_said(lab):
    """security: the figure is in docs/DEPLOY.md."""
    done = subprocess.run([_lab.tool("systemd-analyze"), "security", "--offline=true", "--no-pager",
                           placed(lab)], capture_output=True, text=True, check=False)
    found = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    check(found, f"security: {done.stderr[-600:]}")
    check(round(float(found[1]) * 10) <= EXPOSURE, f"exposure {found[1]}")
    check(f"exposure {found[1]}" in lab.read(f"{_lab.SOURCE}/docs/DEPLOY.md"),
          f"docs/DEPLOY.md states another exposure than {found[1]}")
    print(f"    exposure {found[1]}")


def numbers():
    """{name: number} of this machine's system calls."""
    path = "/usr/include/asm-generic/unistd.h"
    if os.uname().machine == "x86_64":
        path = f"/usr/include/{os.uname().machine}-linux-gnu/asm/unistd_64.h"
    found = dict(re.findall(r"(?m)^#define __NR(?:3264)?_(\w+)\s+(\d+)", _lab.Lab.read(path)))
    if "read" not in found:
        raise Skip(f"no {path}")
    return {name: int(number) for name, number in found.items()}


def calls(name, known):
    """The calls of a set (@name), or the one call."""
    if not name.startswith("@"):
        return {name}
    done = subprocess.run([_lab.tool("systemd-analyze"), "--no-pager", "syscall-filter", name],
                          capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"syscall-filter {name}: {done.stderr[-300:]}")
    found = set()
    for word in re.findall(r"(?m)^    (@?[\w-]+)", done.stdout):
        found |= known[word] if word in known else calls(word, known)
    known[name] = found
    return found


def allowed():
    """The system calls that the unit allows: lists of SystemCallFilter add to each other, those with
    ~ take away. @default is always in."""
    known, found = {}, set()
    for words in setting("SystemCallFilter"):
        take = words.startswith("~")
        for word in words.lstrip("~").split():
            found = found - calls(word, known) if take else found | calls(word, known)
    return found | calls("@default", known)


def sandbox():
    """What the unit forbids, as a function for Lab.start(before=...)."""
    number = numbers()
    deny = _confine.SECCOMP_RET_ERRNO
    program = [(LOAD, 0, 0, NUMBER)]

    def refuse_if(call, argument, test, value, result):
        """argument `test` value: refused."""
        program.extend([(EQUAL, 0, 4, number[call]), (LOAD, 0, 0, ARGUMENT + 8 * argument),
                        (test, 0, 1, value), (RETURN, 0, 0, deny | result), (LOAD, 0, 0, NUMBER)])
    check(setting("MemoryDenyWriteExecute") == ["yes"], "writable code is allowed")
    for call in ("mprotect", "pkey_mprotect"):
        refuse_if(call, 2, BITS, PROT_EXEC, errno.EPERM)
    families = [FAMILIES[name] for name in setting("RestrictAddressFamilies")[0].split()]
    program.append((EQUAL, 0, len(families) + 3, number["socket"]))
    program.append((LOAD, 0, 0, ARGUMENT))
    program += [(EQUAL, len(families) - i, 0, family) for i, family in enumerate(families)]
    program.append((RETURN, 0, 0, deny | errno.EAFNOSUPPORT))
    program.append((LOAD, 0, 0, NUMBER))
    for name in sorted(allowed() & number.keys()):
        program += [(EQUAL, 0, 1, number[name]), (RETURN, 0, 0, _confine.SECCOMP_RET_ALLOW)]
    program.append((RETURN, 0, 0, deny | errno.EPERM))
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    return lambda: _apply(code, len(program))


def _apply(code, length):
    """In the child: no capability is left to gain, and the filter is in force."""
    # pylint: disable=protected-access
    for capability in range(64) if os.geteuid() == 0 else ():
        try:
            _confine._call("prctl", _confine.PR_CAPBSET_DROP, capability, 0, 0, 0)
        except OSError:
            break  # behind the last one
    wanted = _confine._Filter(length, code)
    _confine._call("prctl", _confine.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _confine._call("prctl", _confine.PR_SET_SECCOMP, _confine.SECCOMP_MODE_FILTER,
                   ctypes.byref(wanted), 0, 0)


def polls_in_its_sandbox(lab):
    """SNMPv3, a file as output, the pages; io_uring is not given up."""
    check({"io_uring_setup", "io_uring_enter", "io_uring_register", "sched_setaffinity",
           "recvmmsg"} <= allowed(), "the unit forbids what sonde needs")
    forbidden = {"ptrace", "mount", "reboot", "bpf", "keyctl", "init_module"} & allowed()
    check(not forbidden, f"the unit allows {forbidden}")
    check(setting("Type") == ["notify"] and setting("WatchdogSec") == ["60s"], "no notify?")
    devices = lab.simulate("-n", "20", "--listen", "127.1.0.1/16:0", "--community", SECRET,
                           "--user", USER, "--targets", lab.path("targets.json"))
    here = "(io_uring)" in devices.err  # whether this machine has it at all
    for backend in ("io_uring", "recvmmsg") if here else ("recvmmsg",):
        config = lab.write(f"{backend}.yaml", (
            f"io: {{backend: {backend}}}\nlisten: 127.0.0.1:0\n"
            f"poll: {{interval: 1s, timeout: 1s, threads: 2}}\n{AUTHS}"
            f"module_files: [{_lab.SOURCE}/config/modules/*.yml]\n"
            "targets:\n  - file_sd: {files: [targets.json], "
            "labels: {__param_module: if_mib, __param_auth: v3}}\n"
            f"output:\n  - file: {{path: {backend}.json, format: json}}\n"))
        manager = Manager(lab, watchdog=1.0)
        run, status = lab.poll("-c", config, "--duration", "2500ms", before=sandbox(),
                               env=manager.env)
        check(status == 0, f"{backend}: ended with {status}")
        for name in ("READY", "WATCHDOG", "STOPPING"):
            manager.until(name, "1")
        check("listening on" in run.err, f"{backend}: no pages")
        rounds = _lab.rounds(_lab.records(lab.read(lab.path(f"{backend}.json"))))
        check(len(rounds) >= 40 and {r["round"]["status"] for r in rounds} == {"ok"},
              f"{backend}: {len(rounds)} rounds, {json.dumps(rounds[-1:])}")


def spools_in_its_sandbox(lab):
    """Into a folder that has to be made, for a broker that is not there; another start finds it."""
    devices = lab.simulate("-n", "20", "--listen", "127.1.0.1/16:0", "--community", SECRET,
                           "--targets", lab.path("targets.json"))
    check(len(devices.ports) == 1, devices.err)
    config = lab.write("spool.yaml", (
        "listen: 127.0.0.1:0\npoll: {interval: 500ms, timeout: 1s, threads: 2}\n"
        f"auths: {{lab: {{version: 2, community: {SECRET}}}}}\n"
        f"module_files: [{_lab.SOURCE}/config/modules/*.yml]\n"
        "targets:\n  - file_sd: {files: [targets.json], labels: {__param_module: if_mib}}\n"
        "output:\n  - kafka: {brokers: \"127.0.0.1:1\", topic: rows, "
        "spool: {path: spool, mode: always}}\n"))
    for said in ("listening on", "messages of earlier runs wait"):
        run = lab.start("-c", config, before=sandbox())
        run.until_said(said)
        _lab.wait_until(lambda: len(_spool.Spool(lab.path("spool")).records) > 100, 20, "records")
        check(not re.search(r"spool \S+ cannot", run.err), run.err)
        run.process.kill()
        run.process.wait()


def its_sandbox_forbids(lab):
    """The filter of these tests is one: what a program in it is refused."""
    inside = ("import ctypes, errno, mmap, os, socket\n"
              "def refused(f, *codes):\n"
              "    try: f()\n"
              "    except OSError as e: return e.errno in codes\n"
              "    return False\n"
              "assert refused(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW), "
              "errno.EAFNOSUPPORT)\n"
              "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\n"
              "assert refused(lambda: os.chroot('/'), errno.EPERM)\n"
              "assert 'CapEff:\\t0000000000000000' in open('/proc/self/status').read()\n"
              "assert refused(lambda: os.nice(1), errno.EPERM)\n"
              "libc = ctypes.CDLL(None, use_errno=True)\n"
              "m = mmap.mmap(-1, 4096)\n"
              "at = ctypes.addressof(ctypes.c_char.from_buffer(m))\n"
              "assert libc.mprotect(ctypes.c_void_p(at), 4096, 3) == 0\n"
              "assert libc.mprotect(ctypes.c_void_p(at), 4096, 5) == -1\n")
    process = lab.popen(["/usr/bin/python3", "-c", inside], before=sandbox(), text=True,
                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said, _ = process.communicate(timeout=20)
    check(process.returncode == 0, f"in the sandbox: {said[-600:]}")


def sets_only_what_the_kernel_has(lab):
    """60-sonde.conf."""
    found = re.findall(r"(?m)^#?((?:net|kernel)\.[\w.]+) *= *(.+)$",
                       lab.read(f"{FOLDER}/sysctl/60-sonde.conf"))
    check(len(found) >= 4, f"only {found}")
    for name, value in found:
        path = f"/proc/sys/{name.replace('.', '/')}"
        if not os.path.exists(path) and (name.startswith("kernel.") or
                                         os.path.exists("/.dockerenv")):
            continue  # of a newer kernel, or not of this namespace
        check(os.path.exists(path), f"no {path}")
        check(len(lab.read(path).split()) == len(value.split()), f"{name}: {value}")


if __name__ == "__main__":
    _lab.main(is_a_unit_systemd_takes, is_exposed_as_little_as_said, polls_in_its_sandbox,
              spools_in_its_sandbox, its_sandbox_forbids, sets_only_what_the_kernel_has)
