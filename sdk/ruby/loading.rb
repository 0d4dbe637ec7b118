module Fondaco
  # Ruby starts without RubyGems, in a fifth of the time. Here it is loaded
  # when the plugin needs it: when a file is not found, or Gem is named.
  module Loading
    # Requires a file without RubyGems.
    def self.original(name)
      ::Kernel.fondaco_require(name)
    end

    # Says that from now on it is the plugin that requires files.
    def self.begin
      @begun = true
    end

    # Loads RubyGems, which has its own require. It returns false when that was
    # done before, or is not to be done.
    def self.gems
      return false unless @begun && ::Object.autoload?(:Gem)

      original("rubygems")
      true
    end
  end
end

module Kernel
  alias fondaco_require require
  module_function :fondaco_require
end

unless defined?(Gem)
  Object.autoload(:Gem, "rubygems")

  # What RubyGems replaces by its own once it is loaded.
  module Kernel
    def require(name)
      fondaco_require(name)
    rescue ::LoadError => e
      ::Kernel.raise unless e.path == name.to_s && ::Fondaco::Loading.gems
      ::Object.new.__send__(:require, name)
    end

    def gem(name, *requirements)
      ::Fondaco::Loading.gems
      ::Object.new.__send__(:gem, name, *requirements)
    end
    private :require, :gem
  end
end
