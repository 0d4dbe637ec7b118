# The values that Ruby has no class of its own for.
#
# A plugin's functions become private methods of every object. This code calls
# nothing of Kernel's without a receiver, so that a function named +raise+ or
# +format+ changes nothing here.
module Fondaco
  # A list of fixed length, such as Fondaco::Tuple[1, "a"].
  class Tuple < ::Array; end

  # A client's connection, known by its id.
  Channel = ::Struct.new(:id)

  # A regular expression that Ruby cannot compile, or not with these options
  # (an array of words). Others are a Regexp.
  Regex = ::Struct.new(:source, :options)

  # What Fondaco.call raises when the call fails.
  class Error < ::StandardError
    # The kind of error, a word such as "timeout"; "user" for an exception in
    # the plugin that was called.
    attr_reader :kind

    # The class of the exception there; may be empty.
    attr_reader :class_name

    def initialize(kind, class_name, message, remote = [])
      super(message)
      @kind = kind
      @class_name = class_name
      @remote = remote
    end

    # Where it was raised: in the plugin that was called, then here.
    def backtrace
      here = super
      here && @remote + here
    end

    # The class under which the error goes on to the caller when the plugin
    # does not rescue it.
    def wire_class
      return @class_name if @kind == "user"

      @kind.split("_").map(&:capitalize).join
    end
  end
end
