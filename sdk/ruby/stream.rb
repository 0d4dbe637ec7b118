module Fondaco
  # The streams of one call: chunks that come in as long as credit was granted,
  # and chunks that go out as long as the caller has room.
  class Stream
    WINDOW = 16
    MAX_CHUNK = 65_536

    def initialize(options)
      @in = options["in"] ? true : false
      @out = options.key?("out")
      @room = options["out"].to_i
      @chunks = []
      @ended = !@in
      @taken = nil
    end

    # Reports whether the caller takes a stream.
    def out?
      @out
    end

    # Notes a chunk, the end or credit that the host sent.
    def receive(kind, value)
      case kind
      when Server::CHUNK then @chunks << value
      when Server::FINISH then @ended = true
      else @room += value
      end
    end

    # Returns the next chunk that the caller streams in, nil at the end.
    def take
      return nil unless @in

      grant(WINDOW) unless @taken
      @taken ||= 0
      SERVER.wait_until { !@chunks.empty? || @ended } if @chunks.empty?
      return nil if @chunks.empty?

      @taken += 1
      if @taken >= WINDOW / 2 && !@ended
        grant(@taken)
        @taken = 0
      end
      @chunks.shift
    end

    # Sends bytes out, in as many chunks as they need, and waits for room.
    def give(bytes)
      at = 0
      while at < bytes.bytesize
        chunk = bytes.byteslice(at, MAX_CHUNK).b
        SERVER.wait_until { @room.positive? } unless @room.positive?
        @room -= 1
        SERVER.send_frame("\x82\x07".b << CBOR.head(2, chunk.bytesize) << chunk)
        at += MAX_CHUNK
      end
    end

    private

    def grant(count)
      SERVER.send_frame("\x82\x09".b << CBOR.head(0, count))
    end
  end
end
