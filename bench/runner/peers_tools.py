"""Peers that are programs of a command line, started again and again by a small driver."""
import os
import shutil

from .peers_base import CLIENTS, INSTALL, Peer, built, need, step, unpack_debian

GETS = [".1.3.6.1.2.1.1.3.0",
        *(f".1.3.6.1.2.1.31.1.1.1.{column}.{i}" for column in (6, 10) for i in range(1, 5)),
        ".1.3.6.1.2.1.2.2.1.14.1"]
PROCESSES = 100  # at once, at most: what was begun is ended
TABLES = {".1.3.6.1.2.1.2.2": 22, ".1.3.6.1.2.1.31.1.1": 19}  # and how many columns each has


class Tool(Peer):
    """A program and the driver that starts it."""
    flags = ["-O2", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"]

    def program(self):
        """Its path, None if it is not there."""
        raise NotImplementedError

    def available(self):
        if not self.program():
            return False, INSTALL
        return built(f"{self.folder}/client", "tools/client.c")

    def install(self, network):
        step([need("cc"), *self.flags, f"{CLIENTS}/tools/client.c", "-o",
              f"{self.folder}/client"])

    def driver(self, workload, roots, window, request_lines=0):
        """The driver's arguments up to the targets. roots: marks and the lines of each."""
        argv = [f"{self.folder}/client", "--seconds", f"{workload.seconds:g}",
                "--window", str(min(window, PROCESSES)), "--request-lines", str(request_lines)]
        for mark, lines in roots.items():
            argv += ["--root", f"{mark}={lines}"]
        return argv


class NetSnmpTools(Tool):
    """Net-SNMP's snmpbulkwalk, and snmpget for GETs: one process for a device and table (of a big
    one for a column), as a script or a cron job would."""
    name = "snmpbulkwalk"

    def program(self):
        unpacked = f"{self.folder}/root/usr/bin/snmpbulkwalk"
        return shutil.which("snmpbulkwalk") or (unpacked if os.path.exists(unpacked) else None)

    def install(self, network):
        super().install(network)
        if not self.program():
            unpack_debian(["snmp", "libsnmp40"], f"{self.folder}/root", network)

    def _session(self, workload):
        """What all commands begin with: numbers only, no MIB files."""
        argv = ["-On", "-Oq", "-m", "", "-t", f"{workload.timeout:g}", "-r", str(workload.retries)]
        if workload.version == "2c":
            return [*argv, "-v2c", "-c", workload.community]
        return [*argv, "-v3", "-l", "authPriv", "-u", workload.user, "-a", "SHA",
                "-A", workload.auth_password, "-x", "AES", "-X", workload.priv_password]

    def command(self, workload):
        folder = os.path.dirname(self.program())
        session = self._session(workload)
        if workload.kind == "get10":
            argv = self.driver(workload, {".1.3.6.1.2.1.": len(GETS)}, workload.window, len(GETS))
            command = [f"{folder}/snmpget", *session, "TARGET", *GETS]
        else:
            roots = {table: columns * workload.interfaces for table, columns in TABLES.items()}
            if workload.kind == "one_big":
                roots = {f"{table}.1.{column}": workload.interfaces
                         for table, columns in TABLES.items() for column in range(1, columns + 1)}
            argv = self.driver(workload, roots, workload.window)
            command = [f"{folder}/snmpbulkwalk", f"-Cr{self.repetitions}", *session, "TARGET",
                       "ROOT"]
        more = {}
        if folder.startswith(self.folder):
            libraries = f"{self.folder}/root/usr/lib"
            more["LD_LIBRARY_PATH"] = ":".join(
                f"{libraries}/{name}" for name in os.listdir(libraries))
        return [*argv, *workload.targets, "--", *command], self.environment(workload, **more)

    def describe(self):
        path = self.program()
        return step([path, "-V"]).strip().replace("NET-SNMP version: ", "") if path else ""


class Braa(Tool):
    """braa: one process asks all devices, each once. Its walks are left out: GETNEXT by one
    varbind, and they end at the first value with a type or an octet that it does not know."""
    name = "braa"
    kinds = ("get10",)
    versions = ("2c",)

    def program(self):
        unpacked = f"{self.folder}/root/usr/bin/braa"
        return shutil.which("braa") or (unpacked if os.path.exists(unpacked) else None)

    def install(self, network):
        super().install(network)
        if not self.program():
            unpack_debian(["braa"], f"{self.folder}/root", network)

    def command(self, workload):
        names = ",".join(GETS)
        queries = [f"{workload.community}@{target}:{names}" for target in workload.targets]
        argv = self.driver(workload, {"ms:.": len(GETS) * len(queries)}, 1, len(GETS))
        return ([*argv, "all", "--", self.program(), "-2", "-d", "0",
                 "-t", str(max(1, round(workload.timeout))), "-r", str(workload.retries),
                 *queries], self.environment(workload))

    def describe(self):
        return "0.82"
