module Fondaco
  # The answering of calls, and the waiting for what the plugin asked for. One
  # call runs at a time; while it waits, others are served on top of it.
  class Server
    CALL = 1
    CAST = 2
    REPLY = 3
    ERROR = 4
    CANCEL = 5
    BYE = 6
    CHUNK = 7
    FINISH = 8
    CREDIT = 9
    MAX_VALUE = Wire::MAX_FRAME - 6
    OURS = 0x80000000
    NO_HEAD = "".b.freeze

    NOT_READY = "a plugin can call only when it is loaded and start() has returned"

    # Raised when the predicate says no.
    class Refused < ::StandardError; end

    # The id of the call that runs, or nil, and the state of its streams.
    attr_reader :current, :stream

    def initialize
      @functions = {}
      @predicates = {}
      @streams = {}
      @cancelled = {}
      @pending = {}
      @waiting = []
      @next_id = 0
      @bye = false
      @current = @stream = @fast = @wire = nil
      @main = ::TOPLEVEL_BINDING.receiver
    end

    # Sets the tables of functions and predicates: their names, and the methods
    # of the main object.
    def publish(functions, predicates)
      @functions = functions
      @predicates = predicates
    end

    # Serves until the host says bye.
    def run(wire, fast)
      @wire = wire
      @fast = fast
      until @bye
        serve_one
        burst
        while (frame = @wire.frame)
          message(*frame)
        end
      end
      @wire.flush
    end

    # Handles one message, and waits for it at most the given seconds. Returns
    # false when they have passed.
    def serve_one(seconds = nil)
      frame = @wire.frame
      return @wire.fill(seconds) unless frame

      message(*frame)
      true
    end

    # Notes calls in the queue that are not to be begun.
    def drop(ids)
      ids.each { |id| @cancelled[id] = true }
    end

    # Reports whether calls may be sent: the first frame is hello.
    def ready?
      @wire ? true : false
    end

    # Sends a call or cast of the plugin and returns its id.
    def request(kind, mod, function, args)
      ::Kernel.raise Error.new("user", "NotReady", NOT_READY) unless @wire
      out = ::String.new
      out << (@current ? 0x85 : 0x84) << kind
      CBOR.text(CBOR.text(out, mod.to_s), function.to_s)
      out << encode(args)
      out << "\xa1\x66parent".b << CBOR.head(0, @current) if @current
      @next_id = (@next_id + 1) & 0x7fffffff
      id = @next_id | OURS
      @wire.put(id, out)
      id
    end

    # Sends a call of the plugin and returns its answer, a reply or an error.
    def ask(mod, function, args)
      id = request(CALL, mod, function, args)
      @pending[id] = nil
      wait_until { @pending[id] }
      @pending[id]
    ensure
      @pending.delete(id)
    end

    # Serves what comes until the block returns true, or the given seconds have
    # passed. Raises when the call that runs is cancelled.
    def wait_until(seconds = nil)
      me = @current
      finish = seconds && now + seconds
      @waiting.push(me)
      until yield || @cancelled[me]
        left = finish && finish - now
        break if left && left <= 0

        serve_one(left)
      end
      ::Kernel.raise Error.new("canceled", "", "nobody waits for this call any more") if @cancelled[me]
    ensure
      @waiting.pop
    end

    # Sends a frame of the call that runs.
    def send_frame(message)
      @wire.put(@current, message)
    end

    # Writes what is queued.
    def flush
      @wire.flush
    end

    private

    def now
      ::Process.clock_gettime(::Process::CLOCK_MONOTONIC)
    end

    def encode(value)
      @fast ? @fast.encode(value) : CBOR.encode(value)
    end

    def decode(bytes)
      @fast ? @fast.decode(bytes, true) : CBOR.decode(bytes)
    end

    # Answers the plain calls that were read, up to the first message of any
    # other kind. It does what message, call and invoke do, in one method and
    # without their questions, at half the cost.
    def burst
      return unless @fast

      wire = @wire
      while @cancelled.empty?
        at = wire.at
        left = wire.input.bytesize - at - 4
        break if left < 4

        length, id = wire.input.byteslice(at, 8).unpack("NN")
        break if left < length || length < 5 || length > Wire::MAX_FRAME

        name = function = nil
        begin
          _, _, name, args = message = @fast.decode(wire.input.byteslice(at + 8, length - 4), wire.tags)
          break unless message.instance_of?(::Array) && message.size == 4 && message[0] == CALL && args.instance_of?(::Array)
          break unless (function = @functions[name])

          wire.take(length + 4)
          @current = id
          returned(id, name, @main.__send__(function, *args))
        rescue ::Exception => e
          break unless function

          raised(id, name, e)
        end
        @current = nil
        @cancelled.delete(id) unless @cancelled.empty?
      end
    end

    def message(id, bytes)
      begin
        m = decode(bytes)
      rescue ::StandardError => e
        return unreadable(id, e.message)
      end
      return unreadable(id, "it is no array that begins with a kind") unless m.is_a?(::Array) && m[0].is_a?(::Integer)

      case m[0]
      when CALL then call(id, m)
      when REPLY, ERROR then answer(id, m)
      when CANCEL then @cancelled[id] = true if @waiting.include?(id)
      when BYE then @bye = true
      when CHUNK, FINISH, CREDIT then @streams[id]&.receive(m[0], m[1])
      end
    end

    # Answers a call, whatever happens.
    def call(id, m)
      _, _, name, args, options = m
      unless name.is_a?(::String) && args.instance_of?(::Array) && (options.nil? || options.is_a?(::Hash))
        return unreadable(id, "a call is [1, module, function, [arguments...], {options}]")
      end
      return failed(id, "user", "Canceled", "nobody waits for this call any more") if @cancelled.delete(id)

      function = @functions[name]
      return failed(id, "no_function", "", "#{::ENV["FONDACO_MODULE"]} has no function #{name}") unless function

      outer = [@current, @stream]
      @current = id
      @stream = options && (options["in"] || options["out"]) ? @streams[id] = Stream.new(options) : nil
      begin
        returned(id, name, invoke(function, name, args, options))
      rescue ::Exception => e
        raised(id, name, e)
      end
      @streams.delete(id)
      @cancelled.delete(id)
      @current, @stream = outer
    end

    # Runs the predicate, if asked to, and the function.
    def invoke(function, name, args, options)
      predicate = options && options["guard"] && @predicates[name]
      ::Kernel.raise Refused if predicate && !@main.__send__(predicate, *args)
      result = @main.__send__(function, *args)
      return result unless result.is_a?(::Enumerator) && @stream&.out?

      result.each { |chunk| @stream.give(chunk) }
      nil
    end

    def returned(id, name, result)
      if result.instance_of?(::String) && result.encoding == ::Encoding::UTF_8 && result.valid_encoding? && result.bytesize < FLAT
        return @wire.reply(id, CBOR.head(3, result.bytesize), result.ascii_only? ? result : result.b)
      end

      result = result.to_a if result.is_a?(::Enumerator)
      begin
        bytes = encode(result)
      rescue CBOR::Unencodable, ::EncodingError => e
        return failed(id, "user", "UnencodableValue", "the result of #{name} cannot be sent: #{e.message}")
      end
      return @wire.reply(id, NO_HEAD, bytes) if bytes.bytesize <= MAX_VALUE

      failed(id, "user", "UnencodableValue", "the result of #{name} is longer than a message may be: stream it")
    end

    # The size up to which a text is written without the codec.
    FLAT = 1 << 20

    def raised(id, name, error)
      return failed(id, "no_function", "", "#{name}_pred refused these arguments") if error.is_a?(Refused)

      ends = error.is_a?(::SystemExit) || error.is_a?(::SignalException)
      ::Kernel.raise error if ends && @wire.child?
      failed(id, "user", *Trace.explain(error))
    end

    def unreadable(id, why)
      @cancelled.delete(id)
      return answer(id, [ERROR, "protocol", "", "an answer that cannot be read: #{why}"]) if id & OURS != 0

      failed(id, "protocol", "", "the message cannot be read: #{why}")
    end

    # Answers a call with an error.
    def failed(id, kind, class_name, message, backtrace = [])
      out = ::String.new
      out << 0x85 << ERROR
      [kind, class_name, message].each { |text| CBOR.text(out, text) }
      out << CBOR.head(4, backtrace.size)
      backtrace.each { |line| CBOR.text(out, line) }
      @wire.put(id, out)
    end

    def answer(id, message)
      @pending[id] = message if @pending.key?(id)
    end
  end
end
