"""What is in the directory of a spool, read by nothing but docs/SPOOL.md: segments, records, the mark.
For tests that compare what sonde makes of a directory with what there is."""
import array
import collections
import os
import re
import struct
import sys

HEAD, RECORD, MARK = 4096, 56, 4096
ORDER, VERSION = 0x01020304, 1
MAGIC = 0x6f5d9ae3

# of: what is behind it; at: octet of the segment; whole: its sums are right and it is in its place
Record = collections.namedtuple("Record", "segment at octets boot number time kind key rows rounds payload")
Mark = collections.namedtuple("Mark", "generation acked floor segment boot")


def _tables():
    """One for a CRC-32C by octets, one by pairs of them."""
    one = []
    for i in range(256):
        for _ in range(8):
            i = i >> 1 ^ (0x82f63b78 if i & 1 else 0)
        one.append(i)
    halves = (one[pair & 255] ^ pair >> 8 for pair in range(65536))
    return one, [one[half & 255] ^ half >> 8 for half in halves]


_ONE, _TWO = _tables()


def crc32c(octets):
    """CRC-32C of bytes."""
    crc, even, two = 0xffffffff, len(octets) & ~1, _TWO
    words = array.array("H", octets[:even])
    if sys.byteorder != "little":
        words.byteswap()
    for word in words:
        crc = crc >> 16 ^ two[(crc ^ word) & 0xffff]
    for octet in octets[even:]:
        crc = crc >> 8 ^ _ONE[(crc ^ octet) & 255]
    return crc ^ 0xffffffff


class Segment:
    """One file: its head, the records up to the first that is not whole, and where that is."""

    def __init__(self, folder, name):
        self.name, self.path = name, os.path.join(folder, name)
        with open(self.path, "rb") as f:
            self.octets = f.read()
        self.number = self.first = self.boot = None
        for at in (0, 2048):
            head = self.octets[at:at + 64]
            if len(head) == 64 and crc32c(head[:60]) == struct.unpack_from("=I", head, 60)[0]:
                magic, order, version, begin, number, first, boot = struct.unpack_from(
                    "=8sIHHQQQ", head)
                if (magic, order, version, begin) == (b"sondeseg", ORDER, VERSION, HEAD):
                    self.number, self.first, self.boot = number, first, boot
                    break
        self.records, self.end = [], HEAD
        self.is_ours = self.number is not None and self.name == f"{self.number:016x}.seg"
        while self.is_ours and self._take():
            pass
        self.rest = max(0, len(self.octets) - self.end)

    def _take(self):
        """The next record, if it is whole and the one that is due."""
        at, octets = self.end, self.octets
        if at + RECORD > len(octets):
            return False
        magic, head_sum, body_sum, size, key, kind, rows, rounds, zero, number, boot, time = \
            struct.unpack_from("=IIIIHHIIIQQQ", octets, at)
        behind = at + RECORD + key
        if (magic != MAGIC or zero or boot != self.boot or behind + size > len(octets)
                or number != self.first + len(self.records)
                or crc32c(octets[at + 8:behind]) != head_sum
                or crc32c(octets[behind:behind + size]) != body_sum):
            return False
        self.end = behind + size + (-(RECORD + key + size) & 7)
        self.records.append(Record(self.name, at, self.end - at, boot, number, time, kind,
                                   octets[at + RECORD:behind], rows, rounds,
                                   octets[behind:behind + size]))
        return True


def mark(folder):
    """The slot of the mark that counts; None: there is none."""
    found = None
    try:
        with open(os.path.join(folder, "mark"), "rb") as f:
            octets = f.read()
    except FileNotFoundError:
        return None
    for at in (0, MARK):
        slot = octets[at:at + 64]
        if len(slot) < 64 or crc32c(slot[:60]) != struct.unpack_from("=I", slot, 60)[0]:
            continue
        magic, order, version, zero, *fields = struct.unpack_from("=8sIHHQQQQQ", slot)
        if (magic, order, version, zero) == (b"sondemrk", ORDER, VERSION, 0) and (
                not found or fields[0] > found.generation):
            found = Mark(*fields)
    return found


class Spool:
    """A directory at this moment; nobody writes to it meanwhile. known: segments that were read
    before, {name: Segment}, and have not grown since."""

    def __init__(self, folder, known=None):
        self.folder, self.mark = folder, mark(folder)
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        self.segments = []
        for name in names:
            if not re.fullmatch("[0-9a-f]{16}[.]seg", name):
                continue
            old = known and known.get(name)
            size = os.path.getsize(os.path.join(folder, name))
            self.segments.append(old if old and len(old.octets) == size else Segment(folder, name))
        if known is not None:
            known.clear()
            known.update((s.name, s) for s in self.segments)

    @property
    def records(self):
        """All that are whole, settled or not, in their order. The numbers of a segment end where
        those of the next begin."""
        ours = [s for s in self.segments if s.is_ours]
        ends = [s.first for s in ours[1:]] + [1 << 64]
        return [r for s, end in zip(ours, ends) for r in s.records if r.number < end]

    @property
    def waiting(self):
        """Those that are not settled."""
        floor = max(self.mark.acked, self.mark.floor) if self.mark else 0
        return [r for r in self.records if r.number >= floor]

    @property
    def torn(self):
        """Octets behind the last whole record of the last segment."""
        return self.segments[-1].rest if self.segments else 0
