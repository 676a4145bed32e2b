"""Peers with a client in a scripting language: the npm package net-snmp, pysnmp and easysnmp."""
import dataclasses
import json
import os
import shutil
import sys

from .peers_base import CLIENTS, INSTALL, NotInstalled, Peer, built, need, step, unpack_debian


class NpmNetSnmp(Peer):
    """The npm package net-snmp: pure JavaScript, one thread."""
    name = "npm net-snmp"

    def available(self):
        if not shutil.which("node"):
            return False, "no node on this machine"
        if not os.path.isdir(f"{self.folder}/node_modules/net-snmp"):
            return False, INSTALL
        return built(f"{self.folder}/client.js", "net-snmp/client.js", "net-snmp/package.json")

    def install(self, network):
        if not network and not os.path.isdir(f"{self.folder}/node_modules/net-snmp"):
            raise NotInstalled(INSTALL)
        for name in ("package.json", "package-lock.json", "client.js"):
            shutil.copy(f"{CLIENTS}/net-snmp/{name}", self.folder)
        if network:
            step([need("npm"), "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
                 cwd=self.folder)

    def command(self, workload):
        # The program beside its packages: that is where node looks for them.
        return ([shutil.which("node"), f"{self.folder}/client.js", *self.options(workload)],
                self.environment(workload, UV_THREADPOOL_SIZE="1"))

    def describe(self):
        with open(f"{CLIENTS}/net-snmp/package.json", encoding="utf-8") as f:
            return json.load(f)["dependencies"]["net-snmp"]


class PySnmp(Peer):
    """pysnmp: pure Python, asyncio, one thread. A device's answer takes it so long that a wide
    window would only let its requests grow old: few are under way at a time."""
    name = "pysnmp"
    kinds = ("get10", "walk")

    def available(self):
        ready = os.access(f"{self.folder}/bin/python3", os.X_OK) and any(
            os.path.isdir(f"{self.folder}/lib/{name}/site-packages/pysnmp")
            for name in os.listdir(f"{self.folder}/lib"))
        return ready, "" if ready else INSTALL

    def install(self, network):
        if self.available()[0] if os.path.isdir(f"{self.folder}/lib") else False:
            return
        if not network:
            raise NotInstalled(INSTALL)
        step([sys.executable, "-m", "venv", self.folder])
        step([f"{self.folder}/bin/python3", "-m", "pip", "install", "-q",
              "--disable-pip-version-check", "-r", f"{CLIENTS}/pysnmp/requirements.txt"])

    def command(self, workload):
        few = dataclasses.replace(workload, window=min(workload.window, 10))
        return ([f"{self.folder}/bin/python3", f"{CLIENTS}/pysnmp/client.py",
                 *self.options(few)], self.environment(workload))

    def describe(self):
        with open(f"{CLIENTS}/pysnmp/requirements.txt", encoding="utf-8") as f:
            return f.readline().strip().split("==")[1]


class EasySnmp(Peer):
    """easysnmp, Net-SNMP's library from Python, of the distribution: its package is unpacked, and
    runs with the distribution's Python, for which it is built."""
    name = "easysnmp"
    python = "/usr/bin/python3"

    def _path(self):
        return f"{self.folder}/root/usr/lib/python3/dist-packages"

    def available(self):
        if not os.access(self.python, os.X_OK):
            return False, "the distribution's python3 is not on this machine"
        ready = os.path.isdir(f"{self._path()}/easysnmp")
        return ready, "" if ready else INSTALL

    def install(self, network):
        if not self.available()[0]:
            unpack_debian(["python3-easysnmp", "libsnmp40"], f"{self.folder}/root", network)

    def command(self, workload):
        libraries = f"{self.folder}/root/usr/lib"
        path = ":".join(f"{libraries}/{name}" for name in os.listdir(libraries))
        return ([self.python, f"{CLIENTS}/easysnmp/client.py", *self.options(workload)],
                self.environment(workload, PYTHONPATH=self._path(), LD_LIBRARY_PATH=path))

    def describe(self):
        found = [name for name in os.listdir(self._path()) if name.endswith("egg-info")]
        return found[0].split("-")[1].removesuffix(".egg") if found else ""
