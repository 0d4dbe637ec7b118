"""The conformance plugin: what conformance/workertest calls in every language."""

import datetime
import os
import re
import sys

import fondaco

_events = []


def start():
    _events.append("start")


def stop():
    print("kit stopped")


def started():
    return "start" in _events


def echo(x):
    return x


def add(a, b):
    return a + b


def fail(message):
    raise ValueError(message)


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def fib_pred(n):
    return n < 20


def _private():
    return "nobody may call this"


def noisy():
    print("hello from stdout")
    print("hello from stderr", file=sys.stderr)
    return 1


def config(key):
    return fondaco.config[key]


def relay(module, function, arg):
    return fondaco.call(module, function, arg)


def tell(module, function, arg):
    fondaco.cast(module, function, arg)


def note(text):
    fondaco.log("info", text)


def nap(seconds):
    fondaco.sleep(seconds)
    return "ok"


def total():
    return sum(len(chunk) for chunk in fondaco.input())


def count(n):
    for i in range(n):
        fondaco.output(b"chunk %d" % i)
    return n


def each(n):
    for i in range(n):
        yield b"chunk %d" % i


def bad():
    return bad


def pid():
    return os.getpid()


def die_hard():
    os._exit(7)


def leave():
    sys.exit()


_KINDS = [
    (bool, "bool"), (int, "int"), (float, "float"), (fondaco.Symbol, "symbol"), (str, "text"), (bytes, "bytes"),
    (list, "list"), (tuple, "tuple"), (dict, "map"), (datetime.datetime, "time"), (fondaco.Regex, "regex"),
]


def types(x):
    if x is None:
        return "nil"
    for kind, word in _KINDS:
        if isinstance(x, kind):
            return word
    return type(x).__name__


def make(kind):
    return {
        "nil": None,
        "bool": True,
        "int": 42,
        "big": 2 ** 80,
        "float": 1.5,
        "text": "text",
        "bytes": b"\xff\x00",
        "symbol": fondaco.Symbol("ok"),
        "list": [1, [2]],
        "tuple": (1, "a"),
        "map": {"a": 1},
        "time": datetime.datetime(2001, 9, 9, 1, 46, 40, tzinfo=datetime.timezone.utc),
        "regex": fondaco.Regex("a+b", caseless=True),
    }[kind]
