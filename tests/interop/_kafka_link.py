"""A line between a Kafka broker and its clients that a test makes slow, long, or dead."""
import selectors
import socket
import threading
import time

CHUNK = 16384
WAITING = 1 << 18  # octets on their way in one direction of a connection, at most
AHEAD = 0.1  # seconds that the line is taken for in advance, at most


class _Way:
    """One direction of a connection: what was read at `source` is written to `sink` when its time
    has come."""

    def __init__(self, source, sink, up):
        self.source, self.sink, self.up = source, sink, up
        self.queue, self.size = [], 0  # [(when due, octets)]
        self.over = self.closed = False  # the source has ended; the sink was told

    def ends(self):
        """Tells the sink of the source's end once all is handed on."""
        if self.over and not self.queue and not self.closed:
            self.sink.shutdown(socket.SHUT_WR)
            self.closed = True


class Link:
    """A TCP relay in front of one address. All may be changed at any time:

    rate     octets a second of all connections together, each direction for itself; None: as fast
             as it goes
    delay    seconds that each octet is late, in each direction
    silent   connections stay and new ones are taken, but nothing moves
    cut()    no connection is left, and none is taken until mend()
    """

    def __init__(self, target=None):
        self.target = target  # (address, port); may be set later
        self.rate, self.delay, self.silent = None, 0.0, False
        self.moved = 0  # octets from the clients
        self._ways, self._ready = [], {True: 0.0, False: 0.0}
        self._listener = self._new_listener(0)
        self.port = self._listener.getsockname()[1]
        self._orders, self._stopped = [], False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @staticmethod
    def _new_listener(port):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", port))
        s.listen(64)
        s.setblocking(False)
        return s

    def _order(self, what):
        with self._lock:
            self._orders.append(what)
        while what in self._orders and self._thread.is_alive():
            time.sleep(0.002)

    def cut(self):
        """Ends all connections and takes no new one."""
        self._order("cut")

    def mend(self):
        """Takes connections again."""
        self._order("mend")

    def close(self):
        """The end of it; a second time does nothing."""
        self._stopped = True
        self._thread.join()
        self._hang_up()

    # The relay's thread

    def _hang_up(self):
        if self._listener:
            self._listener.close()
            self._listener = None
        for way in self._ways:
            way.source.close()
        self._ways = []

    def _obey(self):
        with self._lock:
            orders = self._orders[:]
        for what in orders:
            if what == "cut":
                self._hang_up()
            elif not self._listener:
                self._listener = self._new_listener(self.port)
            self._orders.remove(what)

    def _take(self):
        """New connections."""
        while self._listener and not self.silent:
            try:
                client = self._listener.accept()[0]
            except BlockingIOError:
                return
            try:
                server = socket.create_connection(self.target, 1)
            except OSError:
                client.close()
                continue
            for s in (client, server):
                s.setblocking(False)
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._ways += [_Way(client, server, True), _Way(server, client, False)]

    def _drop(self, way):
        """Ends the connection of a direction."""
        for other in [w for w in self._ways if {w.source, w.sink} == {way.source, way.sink}]:
            self._ways.remove(other)
        way.source.close()
        way.sink.close()

    def _may_read(self, way, now):
        """Whether the line has room for what has come."""
        return not way.over and way.size < WAITING and self._ready[way.up] <= now + AHEAD

    def _read(self, way, now):
        """Takes what has come; its time is when the line has carried it."""
        data = way.source.recv(min(CHUNK, max(512, int((self.rate or 1e9) * AHEAD))))
        if not data:
            way.over = True
            return
        start = max(now, self._ready[way.up])
        self._ready[way.up] = start + (len(data) / self.rate if self.rate else 0)
        way.queue.append((self._ready[way.up] + self.delay, data))
        way.size += len(data)
        self.moved += len(data) if way.up else 0

    @staticmethod
    def _write(way, now):
        """Hands on what is due."""
        while way.queue and way.queue[0][0] <= now:
            due, data = way.queue[0]
            sent = way.sink.send(data)
            way.size -= sent
            if sent < len(data):
                way.queue[0] = (due, data[sent:])
                return
            way.queue.pop(0)

    def _turn(self):
        """One look at everything that can move."""
        for way in list(self._ways):
            if way not in self._ways:
                continue
            now = time.monotonic()
            for step in (self._read, self._write):
                try:
                    if step != self._read or self._may_read(way, now):
                        step(way, now)
                except BlockingIOError:
                    pass
                except OSError:
                    self._drop(way)
                    break
            else:
                self._end(way)

    def _end(self, way):
        """Hands on that a side has ended; a connection that both have is no more."""
        try:
            way.ends()
        except OSError:
            self._drop(way)
        if all(w.closed for w in self._ways if w.source in (way.source, way.sink)):
            self._drop(way)

    def _wait(self):
        """Until something can be read, or the next octets are due; 50 ms at most."""
        now = time.monotonic()
        wake = now + 0.05
        with selectors.DefaultSelector() as waiting:
            if self._listener and not self.silent:
                waiting.register(self._listener, selectors.EVENT_READ)
            for way in [] if self.silent else self._ways:
                if self._may_read(way, now):
                    waiting.register(way.source, selectors.EVENT_READ)
                elif not way.over:
                    wake = min(wake, max(self._ready[way.up] - AHEAD, now + 0.001))
                if way.queue:
                    wake = min(wake, max(way.queue[0][0], now + 0.001))
            waiting.select(wake - now)

    def _serve(self):
        while not self._stopped:
            self._obey()
            self._take()
            if not self.silent:
                self._turn()
            self._wait()
