module Fondaco
  # Frames over the socket: see docs/protocol.md. Reading and writing go by big
  # pieces; a write that does not fit never stops the reading.
  class Wire
    MAX_FRAME = (64 << 20) + 4
    PIECE = 256 << 10
    FLUSH = 64 << 10
    QUEUE = 128 << 20

    # A call and a cancel as they begin, and what values with tags contain.
    CALL = ["\x84\x01".b, "\x85\x01".b].freeze
    CANCEL = "\x81\x05".b
    TAGS = ["\xd8\x27".b, "\xd9\xfa".b].freeze

    # What was read and not yet taken begins in +input+ at the offset +at+.
    # +tags+ tells whether values in it may have tags.
    attr_reader :input, :at, :tags

    # Opens the socket that the environment names, and keeps it from the
    # programs that the plugin starts.
    def initialize
      fd = ::ENV["FONDACO_SOCKET"].to_s[/\Afd:(\d+)\z/, 1]
      ::Kernel.abort "FONDACO_SOCKET is not fd:N: start this worker through fondaco" unless fd
      @io = ::IO.for_fd(fd.to_i, "r+b")
      @io.close_on_exec = true
      @pid = ::Process.pid
      @input = ::String.new
      @piece = ::String.new
      @output = ::String.new
      @at = 0
      @tags = false
      @fresh = false
    end

    # Returns id and message of the next frame that was read whole, or nil.
    def frame
      left = @input.bytesize - @at
      return nil if left < 8

      length, id = @input.byteslice(@at, 8).unpack("NN")
      broken(length) if length < 5 || length > MAX_FRAME
      return nil if left < length + 4

      @at += length + 4
      [id, @input.byteslice(@at - length + 4, length - 4)]
    end

    # Takes count bytes off what was read.
    def take(count)
      @at += count
    end

    # Queues a frame.
    def put(id, message)
      @output << [message.bytesize + 4, id].pack("NN") << message
      flush if @output.bytesize > FLUSH
    end

    # Queues the reply of a call, whose value is given in CBOR after the bytes
    # of head.
    def reply(id, head, value)
      @output << [head.bytesize + value.bytesize + 6, id, 0x8203].pack("NNn") << head << value
      flush if @output.bytesize > FLUSH
    end

    # Writes what is queued and waits for more to read, for at most the given
    # seconds or for ever, unless something was read while it wrote. Returns
    # false when the time has passed, and ends the process when the socket has
    # ended.
    def fill(seconds = nil)
      @fresh = false
      flush unless @output.empty?
      return true if @fresh
      return false if seconds && !::IO.select([@io], nil, nil, seconds)

      more
      true
    end

    # Writes all that is queued, and reads meanwhile when the host does not.
    def flush
      ::Process.exit!(0) if ::Process.pid != @pid
      until @output.empty?
        data = @output
        @output = ::String.new
        written = @io.write_nonblock(data, exception: false)
        next if written == data.bytesize

        written = 0 if written == :wait_writable
        @output = data.byteslice(written, data.bytesize) << @output
        wait_for_room
      end
    rescue ::SystemCallError, ::IOError
      ::Process.exit!(0)
    end

    # Reports whether this is a child process that the plugin forked.
    def child?
      ::Process.pid != @pid
    end

    # Forgets the socket, in a child process that the plugin forked.
    def forget
      @input = ::String.new
      @at = 0
      @io.close
    end

    private

    def wait_for_room
      full = @input.bytesize - @at > QUEUE
      readable, = ::IO.select(full ? [] : [@io], [@io])
      more unless readable.empty?
    end

    # Reads a piece. New cancels are looked for in it, so that calls that
    # still wait behind others are not begun.
    def more
      @io.readpartial(PIECE, @piece)
      @fresh = true
      new = compact
      @input << @piece
      @piece.clear
      @tags ||= TAGS.any? { |tag| @input.index(tag, new) }
      SERVER.drop(cancels) if @input.index(CANCEL, new)
    rescue ::SystemCallError, ::IOError
      ::Process.exit!(0)
    end

    # Removes what was taken, once it is the bigger part, and returns where new
    # input has to be looked at.
    def compact
      if @at == @input.bytesize
        @at > 1 << 20 ? @input = ::String.new : @input.clear
        @tags = false
        @at = 0
      elsif @at > @input.bytesize / 2
        @input = @input.byteslice(@at, @input.bytesize)
        @at = 0
      end
      @input.empty? ? 0 : @input.bytesize - 1
    end

    # Returns the ids of the calls that were read and not yet taken, and have a
    # cancel behind them.
    def cancels
      calls = {}
      ids = []
      pos = @at
      while @input.bytesize - pos >= 10
        length, id = @input.byteslice(pos, 8).unpack("NN")
        start = @input.byteslice(pos + 8, 2)
        pos += length + 4
        break if pos > @input.bytesize

        calls[id] = true if CALL.include?(start)
        ids << id if start == CANCEL && calls[id]
      end
      ids
    end

    # Ends the process when the host does not keep to the protocol.
    def broken(length)
      $stderr.puts "fondaco: the host sent a frame of #{length} bytes"
      ::Process.exit!(1)
    end
  end
end
