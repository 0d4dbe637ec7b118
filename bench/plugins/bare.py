# The floor for Python: frames in, values decoded and encoded, frames out.
import os
import struct

from cbor2 import dumps, loads

head = struct.Struct(">II")
buf = b""
while chunk := os.read(3, 262144):
    buf += chunk
    out = []
    at = 0
    while len(buf) - at >= 8:
        size, slot = head.unpack_from(buf, at)
        if len(buf) - at - 8 < size:
            break
        answer = dumps(loads(buf[at + 8:at + 8 + size]))
        out.append(head.pack(len(answer), slot) + answer)
        at += 8 + size
    buf = buf[at:]
    rest = b"".join(out)
    while rest:
        rest = rest[os.write(3, rest):]
