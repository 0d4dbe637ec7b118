# The floor for Ruby: frames in, values decoded and encoded, frames out.
require "cbor"
require "socket"

socket = UNIXSocket.for_fd(3)
buf = String.new(encoding: Encoding::BINARY)
begin
  loop do
    buf << socket.readpartial(262_144)
    at = 0
    out = String.new(encoding: Encoding::BINARY)
    while buf.bytesize - at >= 8
      size, slot = buf.byteslice(at, 8).unpack("NN")
      break if buf.bytesize - at - 8 < size
      answer = CBOR.encode(CBOR.decode(buf.byteslice(at + 8, size)))
      out << [answer.bytesize, slot].pack("NN") << answer
      at += 8 + size
    end
    buf = buf.byteslice(at..)
    socket.write(out)
  end
rescue EOFError
  exit
end
