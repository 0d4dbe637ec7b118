"""Frames on a socket: what is there is read at once, what is to be sent goes out in one piece."""

import os
import select
import socket
import struct
import sys

HELLO, CALL, CAST, REPLY, ERROR, CANCEL, BYE, CHUNK, END, CREDIT = range(10)

READ_SIZE = 256 << 10
WRITE_SIZE = 64 << 10  # what waits to be sent is sent from this size on
MAX_FRAME = (64 << 20) + 4

_HEAD = struct.Struct(">II")


class Wire:
    """The worker's end of the socket. A subclass takes the messages by received and unreadable.

    Sending never blocks without reading: two full sockets that face each other
    would stop for ever.
    """

    def __init__(self, sock, codec):
        self.sock = sock
        self.codec = codec
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        self._rest = bytearray()  # an incomplete frame
        self._need = 8  # the length at which the rest is worth a look
        self._out = []
        self._size = 0
        self._splitting = False

    def receive(self, timeout=None):
        """Wait for bytes, at most timeout seconds, and take the complete frames among them.

        Return False when nothing came in time. The end of the socket ends the process.
        """
        if timeout is not None and not self._poll.poll(timeout * 1000):
            return False
        try:
            data = self.sock.recv(READ_SIZE)
        except OSError:
            data = b""
        if not data:
            end()
        rest = self._rest
        if rest:
            rest += data
            if len(rest) < self._need:
                return True
            data = bytes(rest)
            rest.clear()
        self._split(data)
        return True

    def _split(self, data):
        """Take the complete frames in data and keep the rest."""
        codec, unpack, received = self.codec, _HEAD.unpack_from, self.received
        codec.open(data)
        self._splitting = True
        pos, size = 0, len(data)
        self._need = 8
        while size - pos >= 8:
            length, id = unpack(data, pos)
            if length < 5 or length > MAX_FRAME:
                end("the host sent a frame of length %d" % length)
            stop = pos + 4 + length
            if stop > size:
                self._need = 4 + length
                break
            try:
                message = codec.read(pos + 8, stop)
                kind = message[0]
            except Exception as error:
                self.unreadable(id, error)
            else:
                received(id, kind, message)
            pos = stop
        self._splitting = False
        if pos < size:
            self._rest += memoryview(data)[pos:]

    def send(self, id, message):
        """Queue a message. TypeError: it has no form in CBOR."""
        data = self.codec.encode(message)
        if len(data) > MAX_FRAME - 4:
            raise ValueError("a message of %d bytes is too long: %d are allowed" % (len(data), MAX_FRAME - 4))
        self.put(_HEAD.pack(len(data) + 4, id), data)

    def put(self, *parts):
        """Queue the parts of a frame.

        They stay there while frames are being taken: sending could take further ones in between.
        """
        self._out += parts
        self._size += sum(map(len, parts))
        if self._size > WRITE_SIZE and not self._splitting:
            self.flush()

    def flush(self):
        """Send all that is queued. Reads meanwhile if it must, but answers nothing."""
        while self._out:
            data = b"".join(self._out)
            self._out.clear()
            self._size = 0
            self._write(memoryview(data))

    def _write(self, data):
        """Send data, and read what comes while there is no room."""
        while data:
            try:
                data = data[self.sock.send(data, socket.MSG_DONTWAIT):]
            except BlockingIOError:
                self._poll.modify(self.sock, select.POLLIN | select.POLLOUT)
                try:
                    events = self._poll.poll()[0][1]
                finally:
                    self._poll.modify(self.sock, select.POLLIN)
                if events & ~select.POLLOUT:
                    self.receive()
            except OSError:
                end()


def connect(address):
    """Return the socket that FONDACO_SOCKET names, and keep it from the worker's children."""
    kind, _, number = address.partition(":")
    if kind != "fd" or not number.isdigit():
        raise SystemExit("FONDACO_SOCKET is %r: this launcher knows fd:N only" % address)
    os.set_inheritable(int(number), False)
    return socket.socket(fileno=int(number))


def end(reason=None):
    """End the process at once: the host has gone, or for the reason given."""
    if reason:
        print("fondaco:", reason, file=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
    os._exit(1 if reason else 0)
