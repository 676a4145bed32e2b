#!/usr/bin/env python3
"""Both kernel interfaces give the same rows, and one takes over where the other is forbidden."""
# ctest: timeout=120
import ctypes
import errno
import os
import struct

import _lab
from _lab import check, rounds, rows

# Classic BPF for seccomp: these two calls fail with EPERM, as in a container; all others pass.
# Their numbers are the same on every architecture.
IO_URING_SETUP, IO_URING_REGISTER = 425, 427
LD_NR, JEQ, RET = 0x20, 0x15, 0x06
RET_ALLOW, RET_ERRNO = 0x7FFF0000, 0x00050000
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, MODE_FILTER = 22, 38, 2


class SockFprog(ctypes.Structure):
    """struct sock_fprog"""
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def forbid_io_uring():
    """From here on this process and its children have no io_uring."""
    code = b"".join(struct.pack("HBBI", *line) for line in (
        (LD_NR, 0, 0, 0),
        (JEQ, 2, 0, IO_URING_SETUP),
        (JEQ, 1, 0, IO_URING_REGISTER),
        (RET, 0, 0, RET_ALLOW),
        (RET, 0, 0, RET_ERRNO | errno.EPERM)))
    libc = ctypes.CDLL(None, use_errno=True)
    kept = ctypes.create_string_buffer(code, len(code))
    program = SockFprog(len(code) // 8, ctypes.addressof(kept))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or \
            libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(program), 0, 0):
        os._exit(99)


def io_uring_is_missing():
    """Whether this machine has no io_uring to begin with."""
    libc = ctypes.CDLL(None, use_errno=True)
    params = ctypes.create_string_buffer(120)
    fd = libc.syscall(IO_URING_SETUP, 4, params)
    if fd >= 0:
        os.close(fd)
    return fd < 0


def steady(recs):
    """What must not differ between two runs: everything but the counters and the clock."""
    moving = ("Counter32", "Counter64", "TimeTicks", "Gauge32")
    return sorted((r["instance"], r["module"], r["table"], r["index"], sorted(r["labels"].items()),
                   [(k, t, None if t in moving else r["values"][k])
                    for k, t in r["types"].items()])
                  for r in rows(recs))


def give_the_same_rows(lab):
    """recvmmsg and io_uring: same tables, indexes, names, types and values."""
    if io_uring_is_missing():
        raise _lab.Skip("no io_uring here")
    agents = [lab.agent([f"127.0.0.{n}"]) for n in (2, 3)]
    if _lab.has_ipv6():
        agents.append(lab.agent(["::1"]))
    lab.config([a.target() for a in agents])
    seen = {}
    for name in ("recvmmsg", "io_uring"):
        run, status = lab.poll("--once", "--io", name)
        check(status == 0, f"{name}: status {status}")
        check(f"by {name} on" in run.err, run.err)
        seen[name] = run.records
    check(steady(seen["recvmmsg"]) == steady(seen["io_uring"]), "rows differ")
    check(len(steady(seen["recvmmsg"])) > 3 * 10, "hardly any rows")
    # Counters only grow: those of the second run are not below the first's.
    def counters(recs):
        return {(r["instance"], r["table"], r["index"], k): r["values"][k]
                for r in rows(recs) for k, t in r["types"].items() if t == "Counter64"}
    first, second = counters(seen["recvmmsg"]), counters(seen["io_uring"])
    check(first and all(second[k] >= v for k, v in first.items()), "a counter went back")


def poll_without_permission_for_io_uring(lab):
    """One line says so, for all workers together; rows come as always."""
    agent = lab.agent()
    lab.config([agent.target()], poll="threads: 3")
    run, status = lab.poll("--once", before=forbid_io_uring)
    check(status == 0, f"status {status}: {run.err}")
    lines = [l for l in run.err.splitlines() if "io_uring" in l]
    check(len(lines) == 1 and "using recvmmsg" in lines[0], f"{lines}")
    check("by recvmmsg on 3 workers" in run.err, run.err)
    check([r["round"]["status"] for r in rounds(run.records)] == ["ok"], run.out[-300:])


def refuse_what_was_asked_for_and_is_forbidden(lab):
    """--io io_uring is an order, not a wish: an error, nothing polled."""
    agent = lab.agent()
    lab.config([agent.target()])
    run, status = lab.poll("--once", "--io", "io_uring", before=forbid_io_uring)
    check(status == 1, f"status {status}: {run.err}")
    check("io_uring" in run.err and len(run.err.splitlines()) == 1, run.err)
    check(run.out == "", run.out[:200])


def obey_the_configuration(lab):
    """io.backend in sonde.yaml does what --io does, and --io wins."""
    agent = lab.agent()
    path = lab.config([agent.target()])
    lab.write("sonde.yaml", "io: {backend: recvmmsg}\n" + lab.read(path))
    run, status = lab.poll("--once")
    check(status == 0 and "by recvmmsg on" in run.err, run.err)
    if not io_uring_is_missing():
        run, status = lab.poll("--once", "--io", "io_uring")
        check(status == 0 and "by io_uring on" in run.err, run.err)


_lab.main(give_the_same_rows,
          poll_without_permission_for_io_uring,
          refuse_what_was_asked_for_and_is_forbidden,
          obey_the_configuration)
