"""What is asked of a peer, and what the runner sees of one. A peer is another SNMP poller: a library
with a client of ours around it, or a program. See bench/peers/README.md."""
import dataclasses
import os
import shutil
import subprocess

SOURCE = os.environ.get("SONDE_SOURCE_DIR") or os.path.abspath(f"{__file__}/../../..")
CLIENTS = f"{SOURCE}/bench/peers"
FOLDER = os.environ.get("SONDE_PEERS_DIR") or f"{SOURCE}/build/peers"
KINDS = ("get10", "walk", "one_big")
COLUMNS = 41  # of ifTable and ifXTable
INSTALL = "not installed: bench/run --install-peers"
STALE = "older than its source: bench/run --install-peers"


@dataclasses.dataclass(frozen=True)
class Workload:
    """What a peer has to do, and with which devices."""
    kind: str  # get10: GETs of ten counters; walk: ifTable and ifXTable; one_big: of one device
    version: str = "2c"  # or "3": authPriv with SHA-1 and AES-128
    targets: tuple = ()  # "ADDR:PORT" each
    seconds: float = 2.0  # no request is sent after
    window: int = 100  # devices asked at once; of one_big's device as many columns
    community: str = "public"
    user: str = ""
    auth_password: str = ""
    priv_password: str = ""
    timeout: float = 1.0  # s
    retries: int = 3  # after the first try
    interfaces: int = 48  # of each device: what comes is counted

    def __post_init__(self):
        if self.kind not in KINDS or self.version not in ("2c", "3"):
            raise ValueError(f"workload {self.kind}, version {self.version}")

    @property
    def expected(self):
        """Varbinds of one operation."""
        return 10 if self.kind == "get10" else self.interfaces * COLUMNS


class NotInstalled(Exception):
    """A step of an installation failed; says which, and the end of what it printed."""


def step(argv, cwd=None, env=None, timeout=600):
    """Runs one step of an installation."""
    try:
        done = subprocess.run(argv, cwd=cwd, env={**os.environ, **(env or {})}, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=timeout)
    except (OSError, subprocess.TimeoutExpired) as e:
        raise NotInstalled(f"{argv[0]}: {e}") from e
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        raise NotInstalled(f"{' '.join(argv[:3])}: {' / '.join(lines[-3:])}")
    return done.stdout


def need(program):
    """The path of a program that an installation cannot do without."""
    path = shutil.which(program)
    if not path:
        raise NotInstalled(f"{program} is not on this machine")
    return path


def unpack_debian(packages, folder, network):
    """Packages of the distribution, unpacked below a folder instead of installed: nobody needs to
    be root, and the system stays as it is. With their versions."""
    if not network:
        raise NotInstalled(INSTALL)
    apt, dpkg = need("apt-get"), need("dpkg-deb")
    downloads = f"{folder}/packages"
    shutil.rmtree(downloads, ignore_errors=True)
    os.makedirs(downloads)
    step([apt, "-q", "download", *packages], cwd=downloads)
    versions = []
    for name in sorted(os.listdir(downloads)):
        step([dpkg, "-x", f"{downloads}/{name}", folder])
        versions.append(step([dpkg, "-f", f"{downloads}/{name}", "Version"]).strip())
    return versions


def built(made, *sources):
    """Whether a file that an installation made is there and not older than what it is made of, all
    below CLIENTS: what available() says."""
    if not os.path.exists(made):
        return False, INSTALL
    if any(os.path.getmtime(f"{CLIENTS}/{name}") > os.path.getmtime(made) for name in sources):
        return False, STALE
    return True, ""


class Peer:
    """One peer. Subclasses say how it is prepared and started."""
    name = ""
    kinds = KINDS
    versions = ("2c", "3")
    repetitions = 100  # of GETBULK: more than 1,472 octets hold, so that the device fills them

    def __init__(self):
        self.folder = f"{FOLDER}/{self.name.replace(' ', '-')}"

    def available(self):
        """(True, "") if it can be started now, else (False, why)."""
        raise NotImplementedError

    def prepare(self, network=False):
        """Builds or installs it below FOLDER, of what is on the machine already unless network is
        true. available() as it is afterwards; why something failed is its reason."""
        os.makedirs(self.folder, exist_ok=True)
        try:
            self.install(network)
        except NotInstalled as e:
            return False, str(e)
        return self.available()

    def install(self, network):
        """The steps; raises NotInstalled."""

    def supports(self, workload):
        """Whether it can do this."""
        return workload.kind in self.kinds and workload.version in self.versions

    def command(self, workload):
        """(argv, environment) of a run, which ends with a line of JSON on stdout."""
        raise NotImplementedError

    def describe(self):
        """Which version it is, for the report."""
        return ""

    def options(self, workload):
        """Arguments that all clients of ours have."""
        return ["--kind", workload.kind, "--version", workload.version,
                "--seconds", f"{workload.seconds:g}", "--window", str(workload.window),
                "--timeout", f"{workload.timeout:g}", "--retries", str(workload.retries),
                "--interfaces", str(workload.interfaces),
                "--repetitions", str(self.repetitions), *workload.targets]

    @staticmethod
    def environment(workload, **more):
        """Who asks, where a command line would show it; nothing of the user's configuration."""
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": "/nonexistent",
                "LC_ALL": "C.UTF-8", "SNMPCONFPATH": "/nonexistent", "MIBS": "",
                "PEER_COMMUNITY": workload.community, "PEER_USER": workload.user,
                "PEER_AUTH_PASSWORD": workload.auth_password,
                "PEER_PRIV_PASSWORD": workload.priv_password, **more}
