-- The conformance plugin: the same functions in every language.

local running = false

function start() running = true end

function stop() print("kit stopped") end

function started() return running end

function echo(x) return x end

function add(a, b) return a + b end

function fail(message) error(message) end

function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end

function fib_pred(n) return n < 20 end

function _private() return "never seen" end

function noisy()
  print("hello from stdout")
  fondaco.log("warn", "hello from stderr")
  return 1
end

function config(key) return fondaco.config[key] end

function relay(module, fn, arg) return fondaco.call(module, fn, arg) end

function tell(module, fn, arg) fondaco.cast(module, fn, arg) end

function note(text) fondaco.log("info", text) end

function nap(seconds)
  fondaco.sleep(seconds)
  return "ok"
end

function total()
  local n = 0
  for chunk in fondaco.input() do n = n + #chunk end
  return n
end

function count(n)
  for i = 0, n - 1 do fondaco.output("chunk " .. i) end
  return n
end

function each(n)
  local i = -1
  return function()
    i = i + 1
    if i < n then return "chunk " .. i end
  end
end

function bad() return coroutine.create(function() end) end

function spin()
  while true do
    pcall(function() while true do end end)
  end
end

function types(x) return fondaco.type(x) end

local samples = {
  ["nil"] = function() return nil end,
  bool = function() return true end,
  int = function() return 42 end,
  text = function() return "text" end,
  list = function() return { 1, { 2 } } end,
  bytes = function() return "\255\000" end,
  symbol = function() return fondaco.symbol("ok") end,
  tuple = function() return fondaco.tuple(1, "a") end,
  time = function() return fondaco.time(1000000000) end,
  regex = function() return fondaco.regex("a+b", "i") end,
  big = function() return fondaco.integer("1208925819614629174706176") end,
  float = function() return 1.5 end,
  map = function() return { a = 1 } end,
}

function make(kind) return samples[kind]() end
