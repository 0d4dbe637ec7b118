"""The classes of values that Python itself lacks, and their forms in CBOR.

Everything else is what it is in Python: None, bool, int, float, str, bytes,
list, tuple, dict, and an aware datetime for a point in time.
"""

import datetime
import re
from collections.abc import Mapping

SYMBOL, TIME, TUPLE, REGEX, CHANNEL = 39, 1, 64001, 64002, 64003

OPTIONS = ("caseless", "extended", "multiline", "dotall")

# What every codec writes as it is.
SCALARS = frozenset((str, int, float, bool, bytes, type(None)))

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MICROSECOND = datetime.timedelta(microseconds=1)


class Symbol(str):
    """A symbol (an atom): a name that is not just text. Compares as its text."""

    __slots__ = ()

    def __repr__(self):
        return "Symbol(%s)" % str.__repr__(self)


class Regex:
    """A regular expression as data: its source and the options all languages share."""

    __slots__ = ("source", "caseless", "extended", "multiline", "dotall")

    def __init__(self, source, caseless=False, extended=False, multiline=False, dotall=False):
        self.source = source
        self.caseless = caseless
        self.extended = extended
        self.multiline = multiline
        self.dotall = dotall

    @property
    def options(self):
        """The words of the options that are set."""
        return tuple(option for option in OPTIONS if getattr(self, option))

    def compile(self):
        """Return the expression compiled by Python's re module."""
        flags = ((self.caseless, re.I), (self.extended, re.X), (self.multiline, re.M), (self.dotall, re.S))
        return re.compile(self.source, sum(flag for wanted, flag in flags if wanted))

    def __eq__(self, other):
        return isinstance(other, Regex) and (self.source, self.options) == (other.source, other.options)

    def __hash__(self):
        return hash((self.source, self.options))

    def __repr__(self):
        return "Regex(%s)" % ", ".join([repr(self.source)] + [option + "=True" for option in self.options])


class Channel:
    """A client connection, known by its id."""

    __slots__ = ("id",)

    def __init__(self, id):
        self.id = id

    def __eq__(self, other):
        return isinstance(other, Channel) and self.id == other.id

    def __hash__(self):
        return hash(self.id)

    def __repr__(self):
        return "Channel(%d)" % self.id


class FrozenMap(dict):
    """A map that is the key of another one. Lists in keys are tuples."""

    __slots__ = ()

    def __hash__(self):
        return hash(frozenset(self.items()))


def time_of(seconds):
    """Return the point in time so many seconds after 1970, to the microsecond."""
    return _EPOCH + datetime.timedelta(microseconds=round(seconds * 1000000))


def untag(tag, value):
    """Return the value that a tag and its content stand for; of an unknown tag, the content."""
    if tag == TUPLE and isinstance(value, (list, tuple)):
        return tuple(value)
    if tag == SYMBOL and isinstance(value, str):
        return Symbol(value)
    if tag == TIME and isinstance(value, (int, float)):
        return time_of(value)
    if tag == REGEX and isinstance(value, (list, tuple)) and len(value) == 2:
        return Regex(value[0], *(option in value[1] for option in OPTIONS))
    if tag == CHANNEL and isinstance(value, int):
        return Channel(value)
    if tag in (2, 3) and isinstance(value, bytes):
        n = int.from_bytes(value, "big")
        return n if tag == 2 else ~n
    return value


def plain(value, tag):
    """Return value made of what a codec writes as it is: scalars, lists, dicts and tags.

    tag(number, content) makes a tag. Lists and dicts that hold scalars only are
    returned as they are. TypeError: there is no form for some value in it.
    """
    kind = type(value)
    if kind in SCALARS:
        return value
    if kind is list:
        if SCALARS.issuperset(map(type, value)):
            return value
        return [plain(v, tag) for v in value]
    if kind is dict:
        if SCALARS.issuperset(map(type, value.values())) and SCALARS.issuperset(map(type, value)):
            return value
        return {plain(k, tag): plain(v, tag) for k, v in value.items()}
    return _unusual(value, tag)


def _unusual(value, tag):
    """Return the plain form of what is neither scalar nor an ordinary list or dict."""
    if isinstance(value, tuple):
        return tag(TUPLE, tuple(plain(v, tag) for v in value))
    if isinstance(value, Symbol):
        return tag(SYMBOL, str(value))
    if isinstance(value, datetime.datetime):
        return tag(TIME, _seconds(value))
    if isinstance(value, Regex):
        return tag(REGEX, (value.source, value.options))
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        return plain(_of_pattern(value), tag)
    if isinstance(value, Channel):
        return tag(CHANNEL, value.id)
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, list):
        return plain(list(value), tag)
    if isinstance(value, Mapping):
        kind = FrozenMap if type(value).__hash__ else dict
        return kind((plain(k, tag), plain(v, tag)) for k, v in value.items())
    for base in (str, bool, int, float, bytes):
        if isinstance(value, base):
            return base(value) if base is not str else str.__str__(value)
    raise TypeError("a value of type %s has no form in CBOR" % type(value).__name__)


def _of_pattern(pattern):
    """Return a compiled expression as data."""
    return Regex(pattern.pattern, *(bool(pattern.flags & flag) for flag in (re.I, re.X, re.M, re.S)))


def _seconds(time):
    """Return the seconds since 1970: an int when they are whole. A naive time is local."""
    if time.tzinfo is None:
        time = time.astimezone()
    micros = (time - _EPOCH) // _MICROSECOND
    return micros // 1000000 if micros % 1000000 == 0 else micros / 1000000
