"""Peers with a compiled client: Net-SNMP's library in C and gosnmp in Go."""
import os
import re

from .peers_base import CLIENTS, INSTALL, NotInstalled, Peer, built, need, step, unpack_debian


class NetSnmp(Peer):
    """Net-SNMP's C library, asynchronous: the system's, or the distribution's package unpacked."""
    name = "Net-SNMP C"
    flags = ["-O2", "-march=native", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"]

    def available(self):
        return built(f"{self.folder}/client", "netsnmp/client.c")

    def _compile(self, include, library):
        """include, library: folders of the unpacked package, or None for the system's."""
        args = ["-isystem", include] if include else []
        args += [f"{CLIENTS}/netsnmp/client.c", "-o", f"{self.folder}/client"]
        args += ["-L", library, f"-Wl,-rpath,{library}"] if library else []
        step([need("cc"), *self.flags, *args, "-lsnmp", "-lcrypto"])

    def install(self, network):
        if os.path.exists("/usr/include/net-snmp/net-snmp-config.h"):
            self._compile(None, None)
            return
        root = f"{self.folder}/root"
        if not os.path.isdir(f"{root}/usr/include/net-snmp"):
            unpack_debian(["libsnmp-dev", "libsnmp40"], root, network)
        library = next((f"{root}/usr/lib/{name}" for name in os.listdir(f"{root}/usr/lib")
                        if os.path.isdir(f"{root}/usr/lib/{name}/pkgconfig")), None)
        if not library:
            raise NotInstalled("libsnmp-dev has no library")
        self._compile(f"{root}/usr/include", library)

    def command(self, workload):
        return [f"{self.folder}/client", *self.options(workload)], self.environment(workload)

    def describe(self):
        roots = [f"{self.folder}/root", ""]
        for root in roots:
            path = f"{root}/usr/include/net-snmp/net-snmp-config.h"
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as f:
                    found = re.search(r'PACKAGE_VERSION "([^"]+)"', f.read())
                return found[1] if found else ""
        return ""


def go_environment(folder, network):
    """Of the go command: modules and caches stay below the build folder, go.sum says what the
    modules' contents must be, and without network they must be there already."""
    env = {"GOMODCACHE": f"{folder}/modules", "GOCACHE": f"{folder}/cache",
           "GOFLAGS": "-mod=readonly -modcacherw", "GOTOOLCHAIN": "local"}
    if not network:
        if not os.path.isdir(f"{folder}/modules"):
            raise NotInstalled(INSTALL)
        env["GOPROXY"] = "off"
    return env


def build_go(folder, client, network, tags=""):
    """Builds the Go program of a folder of ours."""
    step([need("go"), "build", "-tags", tags, "-o", f"{folder}/client", "."],
         cwd=f"{CLIENTS}/{client}", env=go_environment(folder, network))


def go_version(client, module):
    """The version of a module that a client of ours is built with."""
    with open(f"{CLIENTS}/{client}/go.mod", encoding="utf-8") as f:
        found = re.search(rf"{re.escape(module)} (v\S+)", f.read())
    return found[1] if found else ""


class GoSnmp(Peer):
    """gosnmp: one goroutine a device under way, on one processor; built without its debug log."""
    name = "gosnmp"

    def available(self):
        return built(f"{self.folder}/client", "gosnmp/main.go", "gosnmp/go.mod")

    def install(self, network):
        build_go(self.folder, "gosnmp", network, "gosnmp_nodebug")

    def command(self, workload):
        return ([f"{self.folder}/client", *self.options(workload)],
                self.environment(workload, GOMAXPROCS="1"))

    def describe(self):
        return go_version("gosnmp", "github.com/gosnmp/gosnmp")
