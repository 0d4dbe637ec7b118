# What a plugin may ask of the server it runs in.
#
#   require "fondaco"
#
#   def twice(x)
#     2 * Fondaco.call("math", "add", x, 0)
#   end
#
# All of it is for the thread that runs the plugin's functions; only log and
# cast may be called by others.
module Fondaco
  SERVER = Server.new

  class << self
    # Calls a function of another module and returns its result. Raises
    # Fondaco::Error when the call fails. While it waits, other calls may be
    # served, and the call that waits may be cancelled: then it raises an error
    # of the kind "canceled".
    def call(mod, function, *args)
      own_thread
      _, kind, *rest = answer = SERVER.ask(mod, function, args)
      return kind if answer[0] == Server::REPLY

      class_name, message, backtrace = rest
      ::Kernel.raise Error.new(kind.to_s, class_name.to_s, message.to_s, ::Array.try_convert(backtrace) || [])
    end

    # Has a function called without waiting for it; what becomes of it is not
    # known.
    def cast(mod, function, *args)
      SERVER.request(Server::CAST, mod, function, args)
      SERVER.flush if ::Thread.current == @thread
      nil
    end

    # Writes to the server's log. The level is "debug", "info", "warn" or
    # "error".
    def log(level, text)
      return cast("fondaco", "log", level.to_s, text.to_s) if SERVER.ready?

      $stderr.puts "#{level}: #{text}"
    end

    # Waits, with fractions of a second, while other calls are served.
    def sleep(seconds)
      own_thread
      SERVER.ready? ? SERVER.wait_until(seconds) { false } : ::Kernel.sleep(seconds)
      nil
    end

    # The plugin's config:, a Hash; empty when there is none.
    def config
      @config ||= begin
        json = ::ENV["FONDACO_CONFIG"].to_s
        json.empty? ? {} : (Loading.original("json") && nil) || ::JSON.parse(json)
      end
    end

    # Yields each chunk that the caller streams in; without a block it returns
    # an Enumerator of them. Without a stream there are none.
    def input
      return ::Enumerator.new { |chunks| input { |chunk| chunks << chunk } } unless ::Kernel.block_given?

      own_thread
      stream = SERVER.stream or return nil
      while (chunk = stream.take)
        yield chunk
      end
    end

    # Sends a chunk to the caller, and waits while it has no room. Raises
    # Fondaco::Error when the caller takes no stream. A function may return an
    # Enumerator instead: its elements are sent, or returned as an array when
    # the caller takes no stream.
    def output(chunk)
      own_thread
      ::Kernel.raise Error.new("user", "NoStream", "the caller takes no stream") unless SERVER.stream&.out?

      SERVER.stream.give(chunk)
      nil
    end

    private

    def own_thread
      return if ::Thread.current == @thread

      ::Kernel.raise ::ThreadError, "only the thread that runs the plugin's functions may do this"
    end
  end

  @thread = ::Thread.main
end

$LOADED_FEATURES << "fondaco.rb"
