"""The peers that sonde is measured beside. peers() has all of them, also those that cannot run
here: available() says why."""
from .peers_base import KINDS, Peer, Workload
from .peers_exporter import SnmpExporter
from .peers_native import GoSnmp, NetSnmp
from .peers_script import EasySnmp, NpmNetSnmp, PySnmp
from .peers_tools import Braa, NetSnmpTools

__all__ = ["KINDS", "Peer", "Workload", "peers"]


def peers():
    """All peers, the one to beat first."""
    return [NetSnmp(), GoSnmp(), NpmNetSnmp(), EasySnmp(), NetSnmpTools(), Braa(), PySnmp(),
            SnmpExporter()]
