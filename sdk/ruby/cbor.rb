module Fondaco
  # The small CBOR codec: used when the cbor library is not installed, and
  # beside it for the values that the library has no form for.
  #
  # A String is text when it is valid in its encoding, and bytes when that
  # is BINARY or it is not valid. A Symbol stays one, as a key of a Hash too.
  module CBOR
    # A value that has no form in CBOR. The message names its class.
    class Unencodable < ::StandardError; end

    # Bytes that are not one value in CBOR.
    class Malformed < ::StandardError; end

    TAG_TIME = 1
    TAG_SYMBOL = 39
    TAG_TUPLE = 64_001
    TAG_REGEX = 64_002
    TAG_CHANNEL = 64_003
    MAX_DEPTH = 512

    OPTIONS = { "caseless" => ::Regexp::IGNORECASE, "extended" => ::Regexp::EXTENDED, "dotall" => ::Regexp::MULTILINE }.freeze

    # Returns the first bytes of an item of the given major type.
    def self.head(major, number)
      major <<= 5
      return (major | number).chr if number < 24
      return [major | 24, number].pack("CC") if number < 0x100
      return [major | 25, number].pack("Cn") if number < 0x10000
      return [major | 26, number].pack("CN") if number < 0x100000000

      [major | 27, number].pack("CQ>")
    end

    # Returns value in CBOR.
    def self.encode(value)
      put(::String.new(capacity: 256), value, 0)
    end

    # Appends value to out, which it returns.
    def self.put(out, value, depth)
      ::Kernel.raise Unencodable, "values nested too deep; does the value contain itself?" if depth > MAX_DEPTH
      case value
      when ::String then string(out, value)
      when ::Integer then integer(out, value)
      when nil then out << 0xf6
      when true then out << 0xf5
      when false then out << 0xf4
      when ::Float then out << 0xfb << [value].pack("G")
      when ::Symbol then text(out << head(6, TAG_SYMBOL), value.name)
      when Tuple then list(out << head(6, TAG_TUPLE), value, depth)
      when ::Array then list(out, value, depth)
      when ::Hash then hash(out, value, depth)
      else object(out, value, depth)
      end
    end

    def self.list(out, value, depth)
      out << head(4, value.size)
      value.each { |element| put(out, element, depth + 1) }
      out
    end

    def self.hash(out, value, depth)
      out << head(5, value.size)
      value.each { |key, element| put(put(out, key, depth + 1), element, depth + 1) }
      out
    end

    def self.object(out, value, depth)
      case value
      when ::Time then time(out << head(6, TAG_TIME), (value.to_r * 1_000_000).round)
      when ::Regexp then regex(out, value.source, OPTIONS.select { |_, bit| value.options & bit != 0 }.keys)
      when Regex then regex(out, value.source, value.options)
      when Channel then out << head(6, TAG_CHANNEL) << head(0, value.id)
      when ::Enumerator then put(out, value.to_a, depth)
      else ::Kernel.raise Unencodable, "#{value.class} has no form in CBOR"
      end
    end

    def self.string(out, value)
      case value.encoding
      when ::Encoding::UTF_8, ::Encoding::US_ASCII then plain = value.valid_encoding?
      when ::Encoding::BINARY then plain = false
      else
        plain = value.valid_encoding?
        value = value.encode(::Encoding::UTF_8) if plain
      end
      out << head(plain ? 3 : 2, value.bytesize) << value.b
    rescue ::EncodingError
      ::Kernel.raise Unencodable, "#{value.encoding} text has characters that UTF-8 has no form for"
    end

    # Appends what is text by its meaning, whatever is in it.
    def self.text(out, value)
      value = value.dup.force_encoding(::Encoding::UTF_8) if value.encoding != ::Encoding::UTF_8
      value = value.scrub("?")
      out << head(3, value.bytesize) << value.b
    end

    def self.integer(out, value)
      rest = value.negative? ? -1 - value : value
      major = value.negative? ? 1 : 0
      return out << head(major, rest) if rest < 1 << 64

      hex = rest.to_s(16)
      hex = "0#{hex}" if hex.size.odd?
      out << head(6, 2 + major) << head(2, hex.size / 2) << [hex].pack("H*")
    end

    def self.time(out, micros)
      return integer(out, micros / 1_000_000) if (micros % 1_000_000).zero?

      out << 0xfb << [micros / 1e6].pack("G")
    end

    def self.regex(out, source, words)
      text(out << head(6, TAG_REGEX) << head(4, 2), source)
      out << head(4, words.size)
      words.each { |word| text(out, word) }
      out
    end

    # Returns the value that a tag makes of another, which stays what it is when
    # the tag is not known here.
    def self.tagged(tag, value)
      case tag
      when TAG_SYMBOL then value.to_sym
      when TAG_TUPLE then Tuple.new(value)
      when TAG_TIME then ::Time.at(0, (value * 1_000_000).round).utc
      when TAG_REGEX then regexp(*value)
      when TAG_CHANNEL then Channel.new(value)
      when 2 then value.unpack1("H*").to_i(16)
      when 3 then -1 - value.unpack1("H*").to_i(16)
      else value
      end
    end

    # Returns a Regexp. Ruby always matches ^ and $ at line ends, which is what
    # the option multiline asks for.
    def self.regexp(source, words)
      bits = words.sum { |word| OPTIONS.fetch(word, 0) }
      ::Regexp.new(source, bits)
    rescue ::RegexpError
      Regex.new(source, words)
    end

    # Returns the one value in data, a binary string.
    def self.decode(data)
      reader = Reader.new(data)
      value = reader.value(0)
      ::Kernel.raise Malformed, "bytes after the value" unless reader.done?
      value
    end
  end
end
