"""The choice of the codec: the cbor2 package where it is there, else the small one."""

import io
import os

from fondaco import cbor
from fondaco.values import plain, untag


class SmallCodec:
    """The codec that comes with Fondaco."""

    def __init__(self):
        self._data = b""

    def open(self, data):
        """Read from data (bytes) next."""
        self._data = data

    def read(self, start, end):
        """Return the one value in data[start:end]. Any exception: there is none."""
        value, pos = cbor.decode(self._data, start)
        if pos != end:
            raise ValueError("the message is not one CBOR value")
        return value

    def encode(self, value):
        """Return the CBOR of value. TypeError: it has no form."""
        return cbor.encode(plain(value, cbor.Tag))


class CCodec:
    """The codec of the cbor2 package, whose objects are kept: making them takes most of its time."""

    def __init__(self, cbor2):
        self._cbor2 = cbor2
        self._tag = cbor2.CBORTag
        self._fp = io.BytesIO()
        self._renew()

    def _renew(self):
        """Make new objects, after one of them failed in the middle of its work."""
        self._decoder = self._cbor2.CBORDecoder(self._fp, tag_hook=_hook)
        self._decode = self._decoder.decode
        self._encode = self._cbor2.CBOREncoder(io.BytesIO()).encode_to_bytes

    def open(self, data):
        """Read from data (bytes) next."""
        self._fp = self._decoder.fp = io.BytesIO(data)

    def read(self, start, end):
        """Return the one value in data[start:end]. Any exception: there is none."""
        fp = self._fp
        fp.seek(start)
        try:
            value = self._decode()
            if fp.tell() == end:
                return value
        except BaseException:
            self._renew()
            raise
        raise ValueError("the message is not one CBOR value")

    def encode(self, value):
        """Return the CBOR of value. TypeError: it has no form."""
        value = plain(value, self._tag)
        try:
            return self._encode(value)
        except BaseException:
            self._renew()
            raise


def _hook(_decoder, tag):
    """Return the value of a tag that cbor2 does not know."""
    return untag(tag.tag, tag.value)


def choose():
    """Return the codec to use. FONDACO_CODEC=small forces the small one."""
    if os.environ.get("FONDACO_CODEC") != "small":
        try:
            import cbor2
            if hasattr(cbor2.CBOREncoder, "encode_to_bytes") and hasattr(cbor2, "CBORTag"):
                return CCodec(cbor2)
        except ImportError:
            pass
    return SmallCodec()
