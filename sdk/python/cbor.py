"""A small CBOR codec, for machines without the cbor2 package.

It reads all of CBOR but the tags that are not Fondaco's, and writes shortest
heads and doubles.
"""

import struct

from fondaco.values import FrozenMap, untag

MAX_DEPTH = 256

_HEADS = {24: struct.Struct(">B"), 25: struct.Struct(">H"), 26: struct.Struct(">I"), 27: struct.Struct(">Q")}
_FLOATS = {25: struct.Struct(">e"), 26: struct.Struct(">f"), 27: struct.Struct(">d")}
_SIMPLE = {20: False, 21: True, 22: None, 23: None}
_BREAK = object()


class Tag:
    """A tag and its content, to be encoded."""

    __slots__ = ("number", "content")

    def __init__(self, number, content):
        self.number = number
        self.content = content


def encode(value):
    """Return the CBOR of a plain value: scalars, lists, dicts and Tags."""
    parts = []
    _put(value, parts.append)
    return b"".join(parts)


def _head(major, n):
    """Return the head of an item of a major type with argument n."""
    major <<= 5
    if n < 24:
        return bytes((major | n,))
    if n < 0x100:
        return bytes((major | 24, n))
    if n < 0x10000:
        return struct.pack(">BH", major | 25, n)
    if n < 0x100000000:
        return struct.pack(">BI", major | 26, n)
    return struct.pack(">BQ", major | 27, n)


def _put(value, put):
    """Pass the parts of a value's CBOR to put, one after the other."""
    kind = type(value)
    if kind is str:
        text = value.encode()
        put(_head(3, len(text)))
        put(text)
    elif kind is int:
        _put_int(value, put)
    elif kind is list or kind is tuple:
        put(_head(4, len(value)))
        for item in value:
            _put(item, put)
    elif kind is dict or kind is FrozenMap:
        put(_head(5, len(value)))
        for key, item in value.items():
            _put(key, put)
            _put(item, put)
    elif kind is bytes:
        put(_head(2, len(value)))
        put(value)
    elif kind is float:
        put(struct.pack(">Bd", 0xFB, value))
    elif kind is Tag:
        put(_head(6, value.number))
        _put(value.content, put)
    else:
        put(b"\xf6" if value is None else b"\xf5" if value else b"\xf4")


def _put_int(value, put):
    """Pass the parts of an integer of any size to put."""
    major, n = (0, value) if value >= 0 else (1, ~value)
    if n < 1 << 64:
        put(_head(major, n))
    else:
        put(_head(6, 2 + major))
        _put(n.to_bytes((n.bit_length() + 7) // 8, "big"), put)


def decode(data, pos=0):
    """Return the value at data[pos:] and the position behind it.

    ValueError, IndexError, struct.error or TypeError: there is no value, or not all of it.
    """
    value, pos = _get(data, pos, 0)
    if value is _BREAK:
        raise ValueError("a break outside of an item")
    return value, pos


def _get(data, pos, depth):
    """Return the item at pos, or _BREAK, and the position behind it."""
    first = data[pos]
    pos += 1
    major, info = first >> 5, first & 31
    if major == 7:
        return _simple(data, pos, info)
    if info < 24:
        n = info
    elif info == 31:
        return _indefinite(data, pos, major, depth)
    else:
        head = _HEADS[info] if info < 28 else None
        if head is None:
            raise ValueError("additional information %d" % info)
        n, = head.unpack_from(data, pos)
        pos += head.size
    if major < 2:
        return (n if major == 0 else ~n), pos
    if major < 4:
        return _string(data, pos, major, n)
    if depth > MAX_DEPTH:
        raise ValueError("nested deeper than %d" % MAX_DEPTH)
    if major == 6:
        content, pos = _item(data, pos, depth + 1)
        return untag(n, content), pos
    if n > len(data) - pos:
        raise ValueError("a container that is longer than its message")
    return _items(data, pos, n, depth) if major == 4 else _pairs(data, pos, n, depth)


def _string(data, pos, major, n):
    """Return n bytes, as text when the major type says so."""
    end = pos + n
    if end > len(data):
        raise ValueError("a string that is longer than its message")
    raw = data[pos:end]
    return (raw.decode() if major == 3 else raw), end


def _simple(data, pos, info):
    """Return a float or a simple value."""
    if info in _FLOATS:
        form = _FLOATS[info]
        return form.unpack_from(data, pos)[0], pos + form.size
    if info == 31:
        return _BREAK, pos
    if info not in _SIMPLE:
        raise ValueError("simple value %d" % info)
    return _SIMPLE[info], pos


def _item(data, pos, depth):
    """Return an item that must not be a break."""
    value, pos = _get(data, pos, depth)
    if value is _BREAK:
        raise ValueError("a break in the wrong place")
    return value, pos


def _items(data, pos, n, depth):
    """Return a list of n items."""
    values = []
    for _ in range(n):
        value, pos = _item(data, pos, depth + 1)
        values.append(value)
    return values, pos


def _pairs(data, pos, n, depth):
    """Return a dict of n pairs."""
    values = {}
    for _ in range(n):
        key, pos = _item(data, pos, depth + 1)
        values[_key(key)], pos = _item(data, pos, depth + 1)
    return values, pos


def _key(value):
    """Return a value as it can be a key of a dict: a list becomes a tuple."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_key, value))
    if isinstance(value, dict):
        return FrozenMap((key, _key(item)) for key, item in value.items())
    return value


def _indefinite(data, pos, major, depth):
    """Return a string or container that ends with a break."""
    if major not in (2, 3, 4, 5) or depth > MAX_DEPTH:
        raise ValueError("an item of indefinite length")
    values = []
    while True:
        value, pos = _get(data, pos, depth + 1)
        if value is _BREAK:
            break
        values.append(value)
    if major < 4:
        return (b"" if major == 2 else "").join(values), pos
    if major == 4:
        return values, pos
    if len(values) % 2:
        raise ValueError("a map with a key and no value")
    return dict(zip(map(_key, values[::2]), values[1::2])), pos
