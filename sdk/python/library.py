"""What a plugin can ask of Fondaco. It is there in every worker: import fondaco.

A plugin is a plain file: the functions it defines are the functions of its
module, except those whose names begin with "_". All of the functions here are
for the thread that serves the calls.
"""

import sys
from _thread import get_ident

from fondaco.errors import Canceled, Error
from fondaco.values import Channel, Regex, Symbol

__all__ = ["Canceled", "Channel", "Error", "Regex", "Symbol", "call", "cast", "config", "input", "log", "output", "sleep"]

config = {}
"""What the configuration gives this plugin under config:, usually a dict."""

_worker = None
_thread = get_ident()


def call(module, function, *args):
    """Call a function of a module, of this plugin's own, too, and return its result.

    While it waits, the worker serves other calls. Error: the call failed;
    Canceled: nobody waits any more for the call that this one is part of.
    """
    return _here().call(module, function, args)


def cast(module, function, *args):
    """Start a function of a module; its result is dropped."""
    _here().cast(module, function, args)


def log(level, text):
    """Write a line to the host's log. level is "debug", "info", "warn" or "error".

    While the plugin is loaded, and in other threads, the line goes to standard error.
    """
    if _worker is not None and _worker.greeted and get_ident() == _thread:
        _worker.cast("fondaco", "log", (str(level), str(text)))
    else:
        print("%s: %s" % (level, text), file=sys.stderr)


def sleep(seconds):
    """Wait, and serve other calls meanwhile. Canceled: nobody waits any more for this call."""
    _here().sleep(seconds)


def input():
    """Return an iterator over the chunks, as bytes, that the caller streams in."""
    worker = _here()
    stream = worker.stream(worker.current, 0)
    return iter(()) if stream is None else stream


def output(chunk):
    """Send bytes or text to a caller that takes a stream; wait while it has no room.

    Error: the caller takes none.
    """
    worker = _here()
    stream = worker.stream(worker.current, 1)
    if stream is None:
        raise Error("user", "NoStream", "the caller of this function takes no stream")
    stream.send(chunk)


def _here():
    """Return the worker. RuntimeError: this is not the thread that serves the calls."""
    if _worker is None or get_ident() != _thread:
        raise RuntimeError("fondaco can be used only in the thread that serves the calls")
    return _worker
