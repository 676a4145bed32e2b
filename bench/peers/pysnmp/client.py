#!/usr/bin/env python3
"""A poller on pysnmp, for comparison. SNMPv2c by its low-level API (pysnmp.proto.api), with a socket
of our own, which costs a tenth less than its high-level API; version 3 by pysnmp.hlapi.v3arch, there
is no other. As many tasks as --window says, each with one request under way. Options and output are
in bench/peers/README.md; bench/runner/peers_script.py installs and starts it."""
import argparse
import asyncio
import json
import math
import os
import random
import time

from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pysnmp.proto import api
from pysnmp.proto.rfc1905 import EndOfMibView, NoSuchInstance, NoSuchObject

V2C = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
IF_TABLE = (1, 3, 6, 1, 2, 1, 2, 2)
IFX_TABLE = (1, 3, 6, 1, 2, 1, 31, 1, 1)
IF_COLUMNS = 22  # of ifTable
COLUMNS = IF_COLUMNS + 19
GETS = [(1, 3, 6, 1, 2, 1, 1, 3, 0),
        *(IFX_TABLE + (1, column, i) for column in (6, 10) for i in range(1, 5)),
        IF_TABLE + (1, 14, 1)]
FIRST_ROUND = 5  # s that it may take
EXCEPTIONS = (EndOfMibView, NoSuchInstance, NoSuchObject)


class Lost(Exception):
    """No answer, or one that tells an error."""


class Community:
    """SNMPv2c: one socket for all devices; the request's id says which request an answer is of."""

    def __init__(self, opt):
        self.opt, self.waiting = opt, {}
        self.id = random.randrange(1 << 30)
        self.socket = None

    async def open(self):
        """Has to be called inside the event loop."""
        self.socket, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0))

    def connection_made(self, transport):
        """Of asyncio: the socket is there."""

    def connection_lost(self, exc):
        """Of asyncio: it is closed."""

    def error_received(self, exc):
        """Of asyncio: nobody listens there; the timeout comes."""

    def datagram_received(self, data, _):
        """Of asyncio: an answer."""
        try:
            message, _ = decoder.decode(data, asn1Spec=V2C.Message())
        except PyAsn1Error:
            return
        pdu = V2C.apiMessage.get_pdu(message)
        answer = self.waiting.pop(int(V2C.apiPDU.get_request_id(pdu)), None)
        if answer and not answer.done():
            answer.set_result(pdu)

    async def ask(self, address, names, repetitions=0):
        """The varbinds of the answer to a GET, or to a GETBULK with repetitions."""
        pdu = V2C.GetBulkRequestPDU() if repetitions else V2C.GetRequestPDU()
        interface = V2C.apiBulkPDU if repetitions else V2C.apiPDU
        interface.set_defaults(pdu)
        if repetitions:
            interface.set_non_repeaters(pdu, 0)
            interface.set_max_repetitions(pdu, repetitions)
        interface.set_varbinds(pdu, [(name, V2C.Null("")) for name in names])
        self.id = (self.id + 1) & 0x7fffffff
        interface.set_request_id(pdu, self.id)
        message = V2C.Message()
        V2C.apiMessage.set_defaults(message)
        V2C.apiMessage.set_community(message, os.environ["PEER_COMMUNITY"])
        V2C.apiMessage.set_pdu(message, pdu)
        data = encoder.encode(message)
        answer = asyncio.get_running_loop().create_future()
        self.waiting[self.id] = answer
        for _ in range(self.opt.retries + 1):
            self.socket.sendto(data, address)
            await asyncio.wait([answer], timeout=self.opt.timeout)
            if answer.done():
                if int(V2C.apiPDU.get_error_status(answer.result())):
                    break
                return V2C.apiPDU.get_varbinds(answer.result())
        raise Lost


class User:
    """SNMPv3 by the high-level API, MIB files left alone."""

    def __init__(self, opt):
        # Only here: it takes longer to load than all else.
        from pysnmp.hlapi.v3arch import asyncio as hlapi  # pylint: disable=import-outside-toplevel
        self.opt, self.hlapi = opt, hlapi
        self.engine, self.context, self.transports = hlapi.SnmpEngine(), hlapi.ContextData(), {}
        self.user = hlapi.UsmUserData(
            os.environ["PEER_USER"], os.environ["PEER_AUTH_PASSWORD"],
            os.environ["PEER_PRIV_PASSWORD"], authProtocol=hlapi.usmHMACSHAAuthProtocol,
            privProtocol=hlapi.usmAesCfb128Protocol)

    async def open(self):
        """Nothing to do before the first request."""

    async def ask(self, address, names, repetitions=0):
        """As Community's."""
        if address not in self.transports:
            self.transports[address] = await self.hlapi.UdpTransportTarget.create(
                address, timeout=self.opt.timeout, retries=self.opt.retries)
        varbinds = [(name, V2C.Null("")) for name in names]
        where = (self.engine, self.user, self.transports[address], self.context)
        if repetitions:
            answer = self.hlapi.bulk_cmd(*where, 0, repetitions, *varbinds, lookupMib=False)
        else:
            answer = self.hlapi.get_cmd(*where, *varbinds, lookupMib=False)
        lost, status, _, found = await answer
        if lost or int(status):
            raise Lost
        return found


class Client:
    """The tasks, and what came of them."""

    def __init__(self, opt):
        self.opt, self.began, self.end = opt, time.monotonic(), math.inf
        self.peer = User(opt) if opt.version == "3" else Community(opt)
        self.count = dict.fromkeys(("requests", "varbinds", "failed", "operations"), 0)
        self.base = None  # what it was when the first round was over
        self.tasks = []  # (address, subtrees, varbinds of all)
        for target in opt.targets:
            host, port = target.split(":")
            self.tasks += [((host, int(port)), *task) for task in self._tasks()]

    def _tasks(self):
        """Of one device. The columns of a big one are walked side by side."""
        if self.opt.kind == "walk":
            return [([IF_TABLE, IFX_TABLE], self.opt.interfaces * COLUMNS)]
        if self.opt.kind == "one_big":
            return [([IF_TABLE + (1, i + 1) if i < IF_COLUMNS else
                      IFX_TABLE + (1, i - IF_COLUMNS + 1)], self.opt.interfaces)
                    for i in range(COLUMNS)]
        return [([], len(GETS))]

    async def get(self, address):
        """One operation: whether it was right."""
        found = await self.peer.ask(address, GETS)
        self.count["requests"] += 1
        self.count["varbinds"] += len(found)
        return [tuple(name) for name, _ in found] == GETS and not any(
            isinstance(value, EXCEPTIONS) for _, value in found)

    async def walk(self, address, roots, expected):
        """One operation: whether it was right; None if the time was over first."""
        got = 0
        for root in roots:
            at = root
            while at:
                if time.monotonic() >= self.end:
                    return None
                found = await self.peer.ask(address, [at], self.opt.repetitions)
                self.count["requests"] += 1
                at = None
                for name, value in found:
                    name = tuple(name)
                    if name[:len(root)] != root or isinstance(value, EXCEPTIONS):
                        at = None
                        break
                    at = name
                    got += 1
                    self.count["varbinds"] += 1
                if got > expected:  # names that go round would never end
                    return False
        return got == expected

    def measure(self):
        """From here on it counts, when each device has been asked once: what is done only at the
        first contact and the memory that it takes are left out, as they are of the others."""
        self.base = {**self.count, "at": time.monotonic(), "cpu": time.process_time()}
        self.end = self.base["at"] + self.opt.seconds

    def report(self):
        """Failed and whole operations are those of the first round as well."""
        told = dict(self.count)
        for key in ("requests", "varbinds"):
            told[key] -= self.base[key]
        told["seconds"] = time.monotonic() - self.base["at"]
        told["cpu"] = time.process_time() - self.base["cpu"]
        print(json.dumps(told), flush=True)

    async def work(self, queue):
        """One task after the other."""
        while time.monotonic() < self.end:
            task = queue.get_nowait()
            address, roots, expected = task
            try:
                good = await (self.walk(address, roots, expected) if roots else self.get(address))
            except Lost:
                good = False
            if good is not None:
                self.count["operations" if good else "failed"] += 1
            if not self.base and (
                    self.count["operations"] + self.count["failed"] >= len(self.tasks)
                    or time.monotonic() - self.began > FIRST_ROUND):
                self.measure()
            queue.put_nowait(task)

    async def run(self):
        """All of it."""
        queue = asyncio.Queue()
        for task in self.tasks:
            queue.put_nowait(task)
        await self.peer.open()
        await asyncio.gather(*(self.work(queue)
                               for _ in range(min(self.opt.window, len(self.tasks)))))
        self.report()


def main():
    """Options as of all clients."""
    p = argparse.ArgumentParser()
    p.add_argument("--kind", choices=("get10", "walk", "one_big"), required=True)
    p.add_argument("--version", choices=("2c", "3"), default="2c")
    p.add_argument("--seconds", type=float, default=2)
    p.add_argument("--window", type=int, default=100)
    p.add_argument("--timeout", type=float, default=1)
    p.add_argument("--retries", type=int, default=3)
    p.add_argument("--interfaces", type=int, default=48)
    p.add_argument("--repetitions", type=int, default=100)
    p.add_argument("targets", nargs="+")
    asyncio.run(Client(p.parse_args()).run())
    os._exit(0)  # the engine's timers are of no use any more


main()
