"""Peers with a client in a scripting language: the npm package net-snmp, pysnmp and easysnmp."""
import json
import os
import shutil

from .peers_base import CLIENTS, INSTALL, NotInstalled, Peer, need, step, unpack_debian


class NpmNetSnmp(Peer):
    """The npm package net-snmp: pure JavaScript, one thread."""
    name = "npm net-snmp"

    def available(self):
        ready = os.path.isdir(f"{self.folder}/node_modules/net-snmp") and shutil.which("node")
        return bool(ready), "" if ready else (
            INSTALL if shutil.which("node") else "no node on this machine")

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
