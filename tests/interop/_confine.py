"""What the interop tests take away from the program or from themselves: system calls, privileges,
the network, disk space. The functions that return a function give one for Lab.start(before=...): it
runs in the child before the program. The others change this test's own process; they raise
_lab.Skip where that is not allowed.
"""
import ctypes
import errno
import fcntl
import os
import resource
import signal
import socket
import struct

from _lab import Skip

PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
SECCOMP_RET_ALLOW = 0x7fff0000
SECCOMP_RET_ERRNO = 0x00050000
BPF_LOAD_NUMBER = 0x20  # A = word of seccomp_data; the system call's number is the first
BPF_JUMP_EQUAL = 0x15
BPF_RETURN = 0x06

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_IPC_LOCK = 1, 2, 14
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
MS_REMOUNT, MS_REC, MS_PRIVATE, MNT_DETACH = 0x20, 0x4000, 0x40000, 2
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1

# The same on every architecture: later than the common table.
IO_URING_SETUP, IO_URING_ENTER, IO_URING_REGISTER = 425, 426, 427

_libc = ctypes.CDLL(None, use_errno=True)


class _Filter(ctypes.Structure):
    """struct sock_fprog."""
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def _call(name, *args):
    """A libc function that sets errno."""
    if getattr(_libc, name)(*args) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


def refuse_calls(numbers, code):
    """Makes system calls fail with an errno, as a container's seccomp profile does."""
    def instruction(op, yes, no, value):
        return struct.pack("=HBBI", op, yes, no, value)
    program = [instruction(BPF_LOAD_NUMBER, 0, 0, 0)]
    for position, number in enumerate(numbers):
        program.append(instruction(BPF_JUMP_EQUAL, len(numbers) - position, 0, number))
    program += [instruction(BPF_RETURN, 0, 0, SECCOMP_RET_ALLOW),
                instruction(BPF_RETURN, 0, 0, SECCOMP_RET_ERRNO | code)]
    code_bytes = b"".join(program)
    wanted = _Filter(len(program), code_bytes)

    def apply():
        _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _call("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(wanted), 0, 0)
    return apply


def without_root_rights():
    """Root loses the right to read what the file modes forbid; nothing changes for others."""
    if os.geteuid() == 0:
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            _call("prctl", PR_CAPBSET_DROP, capability, 0, 0, 0)


def limit_descriptors(number):
    """RLIMIT_NOFILE."""
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))


def limit_file_size(number):
    """RLIMIT_FSIZE with the signal at its default, as a shell's ulimit leaves it. The hard limit
    stays, so that resource.prlimit can lift it again."""
    def apply():
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (number, resource.RLIM_INFINITY))
    return apply


def limit_locked_memory(number):
    """RLIMIT_MEMLOCK, for root as well."""
    def apply():
        if os.geteuid() == 0:
            _call("prctl", PR_CAPBSET_DROP, CAP_IPC_LOCK, 0, 0, 0)
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (number, number))
    return apply


def close_streams(*descriptors):
    """Standard streams that are not there at all."""
    def apply():
        for fd in descriptors:
            os.close(fd)
    return apply


def _unshare(flags):
    """New namespaces for this process, in a user namespace where that is needed."""
    uid, gid = os.geteuid(), os.getegid()
    try:
        _call("unshare", flags)
        return
    except OSError as e:
        if e.errno != errno.EPERM:
            raise Skip(f"no namespaces here ({e})") from None
    try:
        _call("unshare", flags | CLONE_NEWUSER)
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"),
                           ("gid_map", f"0 {gid} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as f:
                f.write(text)
    except OSError as e:
        raise Skip(f"no namespaces here ({e})") from None


def own_network():
    """A network with a loopback interface and nothing else: what is sent elsewhere has no route."""
    _unshare(CLONE_NEWNET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = bytearray(struct.pack("16sh14x", b"lo", 0))
        fcntl.ioctl(s, SIOCGIFFLAGS, request)
        flags, = struct.unpack_from("h", request, 16)
        struct.pack_into("h", request, 16, flags | IFF_UP)
        fcntl.ioctl(s, SIOCSIFFLAGS, request)


class SmallDisk:
    """An empty disk of so many bytes in a folder, seen by this process and its children only."""

    def __init__(self, folder, size):
        self.folder = folder.encode()
        _unshare(CLONE_NEWNS)
        _mount(self.folder, size)

    def resize(self, size):
        """Makes it larger or smaller; what is on it stays."""
        _call("mount", b"none", self.folder, b"tmpfs", MS_REMOUNT, f"size={size}".encode())

    def close(self):
        """Takes it away; a second time does nothing."""
        if self.folder:
            _call("umount2", self.folder, MNT_DETACH)
            self.folder = None


def _mount(folder, size):
    try:
        _call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
        _call("mount", b"tmpfs", folder, b"tmpfs", 0, f"size={size}".encode())
    except OSError as e:
        raise Skip(f"no mount here ({e})") from None
