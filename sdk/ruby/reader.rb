module Fondaco
  module CBOR
    # Reads values from a binary string.
    class Reader
      SIZES = { 24 => [1, "C"], 25 => [2, "n"], 26 => [4, "N"], 27 => [8, "Q>"] }.freeze

      def initialize(data)
        @data = data
        @at = 0
      end

      def done?
        @at == @data.bytesize
      end

      # Returns the next value.
      def value(depth)
        ::Kernel.raise Malformed, "containers nested too deep" if depth > MAX_DEPTH
        first = take(1).getbyte(0)
        major = first >> 5
        number = first & 31
        return simple(number) if major == 7
        return indefinite(major, depth) if number == 31

        item(major, number < 24 ? number : argument(number), depth)
      end

      private

      def item(major, number, depth)
        case major
        when 0 then number
        when 1 then -1 - number
        when 2 then take(number)
        when 3 then take(number).force_encoding(::Encoding::UTF_8)
        when 4 then ::Array.new(bounded(number)) { value(depth + 1) }
        when 5 then pairs(bounded(number), depth)
        else CBOR.tagged(number, value(depth + 1))
        end
      end

      def pairs(count, depth)
        map = {}
        count.times do
          key = value(depth + 1)
          map[key] = value(depth + 1)
        end
        map
      end

      def take(count)
        ::Kernel.raise Malformed, "the data end inside a value" if count > @data.bytesize - @at
        @at += count
        @data.byteslice(@at - count, count)
      end

      def argument(number)
        size, form = SIZES[number]
        ::Kernel.raise Malformed, "a reserved length" unless size
        take(size).unpack1(form)
      end

      def bounded(count)
        return count if count <= @data.bytesize - @at

        ::Kernel.raise Malformed, "a container of #{count} elements, but fewer bytes follow"
      end

      # Reads the elements up to the break.
      def indefinite(major, depth)
        ::Kernel.raise Malformed, "a reserved length" if major < 2 || major == 6
        parts = []
        parts << value(depth + 1) until @data.getbyte(@at) == 0xff
        @at += 1
        case major
        when 4 then parts
        when 5 then ::Hash[*parts]
        else parts.join
        end
      end

      def simple(number)
        case number
        when 20 then false
        when 21 then true
        when 22, 23 then nil
        when 25 then half(take(2).unpack1("n"))
        when 26 then take(4).unpack1("g")
        when 27 then take(8).unpack1("G")
        else ::Kernel.raise Malformed, "a simple value without meaning"
        end
      end

      def half(bits)
        sign = bits & 0x8000 == 0 ? 1.0 : -1.0
        exponent = bits >> 10 & 31
        fraction = bits & 1023
        return sign * fraction * 2.0**-24 if exponent.zero?
        return fraction.zero? ? sign * ::Float::INFINITY : ::Float::NAN if exponent == 31

        sign * (fraction + 1024) * 2.0**(exponent - 25)
      end
    end
  end
end
