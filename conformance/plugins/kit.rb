# The conformance plugin: what conformance/workertest calls in every language.

require "fondaco"

@started = false

def start
  @started = true
end

def stop
  puts "kit stopped"
end

def started
  @started
end

def echo(x)
  x
end

def add(a, b)
  a + b
end

def fail(message)
  raise ArgumentError, message
end

def fib(n)
  n < 2 ? n : fib(n - 1) + fib(n - 2)
end

def fib_pred(n)
  n < 20
end

def _private
  "nobody may call this"
end

def noisy
  puts "hello from stdout"
  warn "hello from stderr"
  1
end

def config(key)
  Fondaco.config[key]
end

def relay(mod, function, arg)
  Fondaco.call(mod, function, arg)
end

def tell(mod, function, arg)
  Fondaco.cast(mod, function, arg)
end

def note(text)
  Fondaco.log("info", text)
end

def nap(seconds)
  Fondaco.sleep(seconds)
  "ok"
end

def total
  Fondaco.input.sum(&:bytesize)
end

def count(n)
  n.times { |i| Fondaco.output("chunk #{i}") }
  n
end

def each(n)
  n.times.lazy.map { |i| "chunk #{i}" }
end

def bad
  method(:bad)
end

def pid
  Process.pid
end

def die_hard
  exit!(7)
end

def leave
  exit
end

def types(x)
  case x
  when nil then "nil"
  when true, false then "bool"
  when Integer then "int"
  when Float then "float"
  when String then x.encoding == Encoding::BINARY ? "bytes" : "text"
  when Symbol then "symbol"
  when Fondaco::Tuple then "tuple"
  when Array then "list"
  when Hash then "map"
  when Time then "time"
  when Regexp then "regex"
  else x.class.name
  end
end

def make(kind)
  {
    "nil" => nil, "bool" => true, "int" => 42, "big" => 2**80, "float" => 1.5, "text" => "text",
    "bytes" => "\xff\x00".b, "symbol" => :ok, "list" => [1, [2]], "tuple" => Fondaco::Tuple[1, "a"],
    "map" => { "a" => 1 }, "time" => Time.utc(2001, 9, 9, 1, 46, 40), "regex" => /a+b/i
  }[kind]
end
