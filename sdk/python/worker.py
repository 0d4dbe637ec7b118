"""The worker: it serves the calls of the host, one after the other, and makes calls itself.

While a plugin waits, for the answer to its own call, say, calls that arrive are
served on top of it.
"""

import collections
import struct
import time

from fondaco import errors
from fondaco.streams import Input, Output
from fondaco.wire import BYE, CALL, CAST, CANCEL, CHUNK, CREDIT, END, ERROR, REPLY, Wire

LEVELS = 64  # so many calls wait on top of each other; further ones stay in the queue
SHORT = 0.001  # seconds; answers do not wait longer, nor for a function that may take longer
LONG = 0.005  # seconds; after a call that took longer, cancels are looked for

# The heads of replies with a text: length of the frame, id, array and kind, head of the text.
_TINY = struct.Struct(">IIHB").pack
_TEXT8 = struct.Struct(">IIHBB").pack
_TEXT16 = struct.Struct(">IIHBH").pack
_REPLY = struct.Struct(">IIH").pack
_REPLY_HEAD = 0x8200 | REPLY
_MAX_REPLY = 64 << 20


class Worker(Wire):
    """A worker with its plugin. Use it from one thread."""

    def __init__(self, sock, codec, module):
        super().__init__(sock, codec)
        self.module = module
        self.functions = {}
        self.guards = {}
        self.current = None  # the id of the call that is served
        self.greeted = False
        self._queue = collections.deque()
        self._leaving = False
        self._waiting = []  # the ids of the calls below the current one that wait
        self._canceled = set()
        self._answers = {}  # of own calls: None until the answer is there
        self._last_id = 0
        self._streams = {}  # by call: [Input or None, Output or None]
        self._short = set()  # functions that were short the last time

    def run(self):
        """Serve until the host says bye."""
        queue, clock, short, serve = self._queue, time.monotonic, self._short, self.serve
        while True:
            before = flushed = clock()
            while queue:
                id, message = queue.popleft()
                name = message[2] if len(message) > 2 else None
                quick = name in short if type(name) is str else True
                if not quick:
                    self.flush()
                    before = clock()
                serve(id, message)
                now = clock()
                taken = now - before
                before = now
                if (taken < SHORT) is not quick:
                    self._remember(name, taken)
                if now - flushed > SHORT:
                    self.flush()
                    before = flushed = clock()
            self.flush()
            if self._leaving and not queue:
                return
            if not queue:
                self.receive()

    def _remember(self, name, taken):
        """Note whether a function is short, and look for cancels when it was long."""
        if taken < SHORT:
            if name in self.functions:
                self._short.add(name)
        else:
            self._short.discard(name)
        if taken > LONG and not self._leaving:
            self.receive(0)

    def serve(self, id, message):
        """Answer one call."""
        options = None
        try:
            if len(message) == 4:
                _, _, name, args = message
            else:
                _, _, name, args, options = message[:5]
            function = self.functions[name]
        except (ValueError, KeyError, TypeError):
            return self._refuse(id, message)
        if type(args) is not list or not (options is None or type(options) is dict):
            return self._refuse(id, message)
        self.current = id
        try:
            if options:
                if not self._prepare(id, name, args, options):
                    return
            result = function(*args)
            if type(result) is str and len(result) < 8192:
                text = result.encode()
                n = len(text)
                if n < 24:
                    head = _TINY(n + 7, id, _REPLY_HEAD, 0x60 | n)
                elif n < 256:
                    head = _TEXT8(n + 8, id, _REPLY_HEAD, 0x78, n)
                else:
                    head = _TEXT16(n + 9, id, _REPLY_HEAD, 0x79, n)
                self._out += head, text
                self._size += n + 16
                if self._size > 65536:
                    self.flush()
            else:
                self._answer(id, name, result)
        except BaseException as error:
            self._fail(id, error)
        finally:
            self.current = None
            if self._canceled:
                self._canceled.discard(id)
            if options:
                self._streams.pop(id, None)

    def _prepare(self, id, name, args, options):
        """Ask the predicate and open the streams. Return False when the call is answered."""
        if options.get("guard") is True and name in self.guards and not self.guards[name](*args):
            self.fail(id, "no_function", "", "%s.%s: its predicate says no" % (self.module, name))
            return False
        credit = options.get("out")
        if options.get("in") is True or type(credit) is int:
            self._streams[id] = [Input(self, id) if options.get("in") is True else None,
                                 Output(self, id, credit) if type(credit) is int else None]
        return True

    def _answer(self, id, name, result):
        """Send the result of a function."""
        if hasattr(result, "__next__"):
            output = self.stream(id, 1)
            if output is None:
                result = list(result)
            else:
                for chunk in result:
                    output.send(chunk)
                result = None
        try:
            data = self.codec.encode(result)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise TypeError("the result of %s.%s cannot be sent: %s" % (self.module, name, error)) from None
        if len(data) + 2 > _MAX_REPLY:
            raise ValueError("the result of %s.%s is too long: %d bytes" % (self.module, name, len(data)))
        self.put(_REPLY(len(data) + 6, id, _REPLY_HEAD), data)

    def _refuse(self, id, message):
        """Answer a call that names no function, or cannot be understood."""
        well = len(message) > 3 and type(message[1]) is type(message[2]) is str and type(message[3]) is list
        if not well or (len(message) > 4 and type(message[4]) is not dict):
            self.fail(id, "protocol", "", "a call is [1, module, function, [args...]] with options as a map behind")
        else:
            self.fail(id, "no_function", "", "%s.%s: no such function" % (message[1], message[2]))

    def _fail(self, id, error):
        """Answer with an exception of the plugin."""
        self.fail(id, "user", *errors.describe(error))

    def fail(self, id, kind, name, text, backtrace=()):
        """Answer with an error."""
        self.send(id, [ERROR, kind, name, errors.clean(text), list(backtrace)])

    def received(self, id, kind, message):
        """Take one message of the host."""
        if kind == CALL and kind is not True:
            self._queue.append((id, message))
        elif type(kind) is not int:
            self.unreadable(id, "its first element is not a kind")
        elif kind == REPLY or kind == ERROR:
            if id in self._answers:
                self._answers[id] = message
        elif kind == CANCEL:
            self._cancel(id)
        elif kind == BYE:
            self._leaving = True
        elif kind in (CHUNK, END, CREDIT):
            self._streamed(id, kind, message)

    def unreadable(self, id, error):
        """Take a message that cannot be read."""
        if id in self._answers:
            self._answers[id] = [ERROR, "protocol", "", "the answer cannot be read: %s" % error]
        else:
            self.fail(id, "protocol", "", "the message cannot be read: %s" % error)

    def _cancel(self, id):
        """Answer a call that waits in the queue, or note that a running one is not wanted."""
        for entry in self._queue:
            if entry[0] == id:
                self._queue.remove(entry)
                self._fail(id, errors.Canceled())
                return
        if id == self.current or id in self._waiting:
            self._canceled.add(id)

    def _streamed(self, id, kind, message):
        """Pass a chunk, an end or credit on to the stream of a call that runs."""
        source = self.stream(id, 1 if kind == CREDIT else 0)
        if source is not None and not source.received(kind, message):
            self.unreadable(id, "a chunk carries bytes, credit a number")

    def stream(self, id, which):
        """Return the stream in (0) or out (1) of a call, or None."""
        both = self._streams.get(id)
        return both and both[which]

    def call(self, module, function, args):
        """Make a call and wait for its result. Error: it failed."""
        id = self._last_id = self._last_id % 0x7FFFFFFF + 1
        id |= 0x80000000
        self.send(id, self._request(CALL, module, function, args))
        self._answers[id] = None
        try:
            while self._answers[id] is None:
                self.wait()
            message = self._answers[id]
        finally:
            del self._answers[id]
        if message[0] == ERROR:
            raise errors.of_message(message)
        if len(message) < 2:
            raise errors.Error("protocol", "", "the host sent a reply without a value")
        return message[1]

    def cast(self, module, function, args):
        """Make a cast, and send it at once."""
        self.send(0x80000000, self._request(CAST, module, function, args))
        self.flush()

    def _request(self, kind, module, function, args):
        """Return the message of a call or cast."""
        if not self.greeted:
            raise RuntimeError("a plugin can call only when it is loaded and start() has returned")
        message = [kind, str(module), str(function), list(args)]
        if self.current is not None:
            message.append({"parent": self.current})
        return message

    def sleep(self, seconds):
        """Wait, and serve what arrives meanwhile."""
        until = time.monotonic() + seconds
        while True:
            left = until - time.monotonic()
            if left <= 0:
                return
            self.wait(left)

    def wait(self, timeout=None):
        """Serve one call, or wait for what comes next. Canceled: the current call is not wanted."""
        current = self.current
        if current in self._canceled:
            raise errors.Canceled()
        self._waiting.append(current)
        try:
            if self._queue and len(self._waiting) <= LEVELS:
                self.serve(*self._queue.popleft())
            else:
                self.flush()
                if not self._queue or len(self._waiting) > LEVELS:
                    self.receive(timeout)
        finally:
            self._waiting.pop()
            self.current = current
