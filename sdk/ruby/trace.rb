module Fondaco
  # What a caller is told about an exception: class, message, backtrace.
  module Trace
    MAX_FRAMES = 50
    SCRIPT = "#{__FILE__}:"

    def self.explain(error)
      message = begin
        error.message.to_s
      rescue ::StandardError
        "an exception whose message cannot be read"
      end
      name = error.is_a?(Error) ? error.wire_class : error.class.to_s
      [name, message.byteslice(0, 65_536), lines(error)]
    end

    # Returns the frames of the plugin, innermost first.
    def self.lines(error)
      frames = error.backtrace || []
      frames.reject { |frame| frame.start_with?(SCRIPT) }.first(MAX_FRAMES).map { |frame| frame.sub(/:in `(.*)'\z/, ':in \1') }
    end
  end
end
