module Fondaco
  # The fast codec: the cbor library for the values that it treats as the small
  # one does, and the small one for the others.
  class Fast
    # Returns a Fast when the library is there and may be used, else nil.
    # RubyGems is not needed to find it: it takes five times as long to start
    # as Ruby itself.
    def self.load
      return nil if ::ENV["FONDACO_CODEC"] == "small"

      begin
        Loading.original("cbor")
      rescue ::LoadError
        return nil unless find

        Loading.original("cbor")
      end
      new
    rescue ::LoadError
      nil
    end

    # Adds the newest installed cbor gem to the load path.
    def self.find
      version = ::RUBY_VERSION.sub(/\d+\z/, "0")
      lib = homes(version).flat_map { |home| ::Dir["#{home}/gems/cbor-*/lib"] }.max_by { |path| path[/cbor-([\d.]+)/, 1].split(".").map(&:to_i) }
      return false unless lib

      gem = ::File.basename(::File.dirname(lib))
      home = ::File.dirname(lib, 3)
      $LOAD_PATH.push(lib, *::Dir["#{home}/extensions/*/#{version}*/#{gem}"])
    end

    # The folders where gems are installed, as far as they follow from the
    # environment and the load path.
    def self.homes(version)
      homes = [::ENV["GEM_HOME"], *::ENV["GEM_PATH"].to_s.split(":")]
      if ::ENV["HOME"]
        homes.push("#{::ENV["HOME"]}/.gem/ruby/#{version}", "#{::ENV["HOME"]}/.local/share/gem/ruby/#{version}")
      end
      $LOAD_PATH.each do |path|
        prefix = path[%r{\A(.*)/ruby/#{::Regexp.escape(version)}\z}, 1]
        homes.push("#{prefix}/ruby/gems/#{version}", "#{prefix}/rubygems-integration/#{version}") if prefix
      end
      homes.push("/var/lib/gems/#{version}").compact.uniq
    end

    def initialize
      @packer = ::CBOR::Packer.new
      @unpacker = ::CBOR::Unpacker.new
    end

    # Returns value in CBOR.
    def encode(value)
      return CBOR.encode(value) unless plain?(value, 0)

      @packer.write(value)
      bytes = @packer.to_s
      @packer.clear
      bytes
    end

    # Returns the one value in data. With tags, what they tag is looked for.
    def decode(data, tags)
      @unpacker.feed(data)
      value = @unpacker.read
      ::Kernel.raise CBOR::Malformed, "bytes after the value" unless @unpacker.buffer.empty?
      tags ? untag(value) : value
    rescue ::StandardError => e
      @unpacker = ::CBOR::Unpacker.new
      ::Kernel.raise CBOR::Malformed, e.message
    end

    private

    # Reports whether the library writes value as the small codec does.
    def plain?(value, depth)
      case value
      when ::String
        value.encoding == ::Encoding::UTF_8 ? value.valid_encoding? : value.encoding == ::Encoding::BINARY
      when ::Integer, nil, true, false, ::Float then true
      when ::Array
        value.instance_of?(::Array) && depth < CBOR::MAX_DEPTH && value.all? { |element| plain?(element, depth + 1) }
      when ::Hash
        depth < CBOR::MAX_DEPTH && value.all? { |key, element| plain?(key, depth + 1) && plain?(element, depth + 1) }
      else false
      end
    end

    # Replaces tagged values by what they stand for.
    def untag(value)
      case value
      when ::Array then value.map! { |element| untag(element) }
      when ::Hash
        return value.to_h { |key, element| [untag(key), untag(element)] } if value.any? { |key, _| !key.instance_of?(::String) }

        value.transform_values! { |element| untag(element) }
      when ::CBOR::Tagged then CBOR.tagged(value.tag, untag(value.value))
      when ::CBOR::Simple then nil
      else value
      end
    end
  end
end
