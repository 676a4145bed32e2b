"""A service manager as far as sd_notify(3) goes: a socket, what comes in at it, and the environment of
those that are to tell it."""
import os
import select
import socket
import time

import _lab
from _lab import check


class Manager:
    """Listens at a path in the lab, or at an abstract name. watchdog: seconds of its patience."""

    def __init__(self, lab, watchdog=None, abstract=False):
        name = lab.path(f"notify-{len(lab.kept)}")
        self.socket = lab.keep(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        self.socket.bind("\0" + name if abstract else name)
        self.env = {**os.environ, "NOTIFY_SOCKET": "@" + name if abstract else name}
        if watchdog:
            self.env["WATCHDOG_USEC"] = str(int(watchdog * 1e6))
        self.heard = []  # (monotonic s, {name: value}) of each datagram

    def listen(self, seconds=0.0):
        """Takes what comes within so many seconds, at least what is there."""
        end = time.monotonic() + seconds
        while select.select([self.socket], [], [], max(0.0, end - time.monotonic()))[0]:
            text = self.socket.recv(65536).decode()
            lines = text.split("\n")
            check(all("=" in line for line in lines), f"not NAME=value: {text!r}")
            self.heard.append((time.monotonic(), dict(line.split("=", 1) for line in lines)))

    def count(self, name):
        """How often it heard this so far."""
        self.listen()
        return sum(name in said for _, said in self.heard)

    def until(self, name, value=None, seconds=20, after=0):
        """Waits till a datagram behind number `after` says this; its place and what it says."""
        def found():
            self.listen()
            for place, (_, said) in enumerate(self.heard[after:], after):
                if name in said and value in (None, said[name]):
                    return place + 1, said
            return None
        place, said = _lab.wait_until(found, seconds, f"{name}={value or ''} at the manager: "
                                                      f"{self.heard[-3:]}")
        return place - 1, said
