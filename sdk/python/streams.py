"""The streams of one call: chunks in and chunks out, as far as there is credit."""

import collections

from fondaco.wire import CHUNK, CREDIT, END

AHEAD = 16  # chunks the host may send before they are read
MAX_CHUNK = 65536


class Input:
    """What the caller streams in: iterates over bytes."""

    def __init__(self, worker, id):
        self._worker = worker
        self._id = id
        self._chunks = collections.deque()
        self._ended = False
        self._granted = 0  # chunks that may still come

    def __iter__(self):
        return self

    def __next__(self):
        while not self._chunks:
            if self._ended:
                raise StopIteration
            self._grant()
            self._worker.wait()
        chunk = self._chunks.popleft()
        self._grant()
        return chunk

    def _grant(self):
        """Give the host room for more chunks, in portions."""
        room = AHEAD - len(self._chunks) - self._granted
        if room >= AHEAD // 2 and not self._ended:
            self._granted += room
            self._worker.send(self._id, [CREDIT, room])

    def received(self, kind, message):
        """Take a chunk or the end. Return False when the message has no bytes."""
        if kind == END:
            self._ended = True
            return True
        if len(message) < 2 or type(message[1]) is not bytes:
            return False
        if self._granted > 0:
            self._granted -= 1
            self._chunks.append(message[1])
        return True


class Output:
    """What the caller takes as a stream."""

    def __init__(self, worker, id, credit):
        self._worker = worker
        self._id = id
        self._credit = credit

    def send(self, chunk):
        """Send bytes or text, in chunks that fit, and wait for credit where it is needed."""
        if isinstance(chunk, str):
            chunk = chunk.encode()
        elif not isinstance(chunk, (bytes, bytearray, memoryview)):
            raise TypeError("a chunk is bytes or text, not %s" % type(chunk).__name__)
        chunk = bytes(chunk)
        for start in range(0, len(chunk), MAX_CHUNK):
            while self._credit <= 0:
                self._worker.wait()
            self._credit -= 1
            self._worker.send(self._id, [CHUNK, chunk[start:start + MAX_CHUNK]])

    def received(self, _kind, message):
        """Take credit. Return False when the message has no number."""
        if len(message) < 2 or type(message[1]) is not int:
            return False
        self._credit += message[1]
        return True
