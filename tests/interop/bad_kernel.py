#!/usr/bin/env python3
"""A kernel that does not give what is asked: io_uring forbidden or missing (containers), too few
descriptors, no thread. Either a run that is as good by other means, with one line that says so, or
a clear error and status 1."""
# ctest: timeout=180
import errno
import os
import signal

import _bad_config
import _confine
from _confine import IO_URING_ENTER, IO_URING_REGISTER, IO_URING_SETUP
import _lab
from _lab import check, rounds, rows

CLONE3 = 435
FALLBACK = "sonde: io_uring is not available ({}); using recvmmsg"
FORBIDDEN = "Operation not permitted (seccomp, or sysctl kernel.io_uring_disabled)"


def check_whole(run, status, agent):
    """One round, ok, with all its rows."""
    check(status == 0, f"status {status}: {run.err}")
    found = rounds(run.records, agent.target())
    check([r["round"]["status"] for r in found] == ["ok"], f"{found}")
    check(len(rows(run.records)) == found[0]["round"]["rows"] > 3, f"{found}")


def works_without_io_uring(lab):
    """Whichever of its system calls is refused, and how: one line, the same rows."""
    agent = lab.agent()
    lab.config([agent.target()], poll="interval: 60s, threads: 2")
    for number, name in ((IO_URING_SETUP, "io_uring_setup"), (IO_URING_ENTER, "io_uring_enter"),
                         (IO_URING_REGISTER, "io_uring_register files")):
        for code, text in ((errno.EPERM, FORBIDDEN), (errno.ENOSYS, "Function not implemented")):
            run, status = lab.poll("--once", before=_confine.refuse_calls([number], code))
            check_whole(run, status, agent)
            check("; by recvmmsg on 2 workers" in run.err, run.err)
            lines = [line for line in run.err.splitlines() if "io_uring" in line]
            check(lines == [FALLBACK.format(f"{name}: {text}")], f"{lines}")


def works_where_io_uring_lacks_memory(lab):
    """RLIMIT_MEMLOCK, as older kernels and small containers set it."""
    agent = lab.agent()
    lab.config([agent.target()])
    run, status = lab.poll("--once",
                           before=_confine.refuse_calls([IO_URING_SETUP], errno.ENOMEM))
    check_whole(run, status, agent)
    check(FALLBACK.format("io_uring_setup: Cannot allocate memory "
                          "(limit of locked memory, RLIMIT_MEMLOCK)") in run.err, run.err)


def works_round_after_round_without_io_uring(lab):
    """A run that lasts says it once, not once a round."""
    agent = lab.agent()
    lab.config([agent.target()], poll="interval: 100ms")
    run = lab.start(before=_confine.refuse_calls([IO_URING_SETUP], errno.EPERM))
    run.until_rounds(5, status="ok")
    run.signal(15)
    check(run.wait() == 0, f"status {run.process.returncode}")
    check(run.err.count("io_uring is not available") == 1, run.err)


def says_why_io_uring_is_refused_when_it_was_asked_for(lab):
    """--io io_uring does not fall back."""
    lab.config(["127.0.0.1:9"])
    run, status = lab.poll("--once", "--io", "io_uring",
                           before=_confine.refuse_calls([IO_URING_SETUP], errno.EPERM))
    check(status == 1, f"status {status}")
    check(run.err == f"sonde: error: cannot open sockets: io_uring_setup: {FORBIDDEN}\n", run.err)
    check(run.out == "", run.out)


def says_so_when_descriptors_are_few(lab):
    """From far too few to enough: an error with the cause, or a whole run; never half of one."""
    agent = lab.agent()
    lab.config([agent.target()], poll="interval: 60s, threads: 2")
    outcomes = []
    for number in range(6, 32):
        run, status = lab.poll("--once", before=_confine.limit_descriptors(number))
        outcomes.append(status)
        if status == 0:
            check_whole(run, status, agent)
        else:
            check(status == 1, f"{number} descriptors: status {status}")
            check(run.err == "sonde: error: cannot open sockets: Too many open files\n",
                  f"{number} descriptors: {run.err}")
            check(run.out == "", run.out)
    check(outcomes[0] == 1 and outcomes[-1] == 0, f"{outcomes}")
    check(outcomes == sorted(outcomes, reverse=True), f"{outcomes}")


def says_so_when_it_gets_no_thread(lab):
    """The limit of processes, or a container's limit of pids."""
    if "TSAN_OPTIONS" in os.environ:
        raise _lab.Skip("ThreadSanitizer needs a thread itself")
    lab.config(["127.0.0.1:9"])
    run, status = lab.poll("--once", before=_confine.refuse_calls([CLONE3], errno.EAGAIN))
    check(status == 1, f"status {status}")
    check(run.err == "sonde: error: cannot start an output: Resource temporarily unavailable\n",
          run.err)


def warns_once_of_keys_that_may_be_swapped(lab):
    """Not a word where the limit is high enough, one line where it is not, reloads or not."""
    if _lab.FACTOR > 1:
        raise _lab.Skip("sanitizers do not let mlock through")
    lab.write("sonde.yaml", "auths: {public_v2: {version: 3, username: u, security_level: "
              f"authNoPriv, password: {_lab.SECRET}}}}}\n" + _bad_config.MODULE +
              _bad_config.TARGET + "poll: {interval: 200ms, timeout: 100ms, threads: 1}\n"
              "output: [{stdout: {format: json}}]\n")
    for limit, expected in ((1 << 20, 0), (0, 1)):
        run = lab.start("--io", "recvmmsg", before=_confine.limit_locked_memory(limit))
        run.until_rounds(1)
        run.signal(signal.SIGHUP)
        run.until_said("configuration reloaded: 1 targets")
        run.signal(signal.SIGTERM)
        check(run.wait() == 0, f"status {run.process.returncode}: {run.err}")
        check(run.err.count("sonde: warning: keys of SNMPv3 users are in memory that cannot be "
                            "locked") == expected, run.err)


_lab.main(works_without_io_uring,
          works_where_io_uring_lacks_memory,
          works_round_after_round_without_io_uring,
          says_why_io_uring_is_refused_when_it_was_asked_for,
          says_so_when_descriptors_are_few,
          says_so_when_it_gets_no_thread,
          warns_once_of_keys_that_may_be_swapped)
