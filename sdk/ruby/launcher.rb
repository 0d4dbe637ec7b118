module Fondaco
  # The launcher: it loads the plugin, says hello, serves, and stops it.
  module Launcher
    HOOKS = %i[init handle_open handle_msg handle_broken authenticate handle_request on_request on_response on_data].freeze

    # The signals that Ruby would raise as exceptions in the function that runs.
    # They end the process instead, so that a SignalException there is always
    # one that the plugin raised.
    SIGNALS = %w[TERM HUP QUIT ALRM USR1 USR2].freeze

    # What tells a child that the plugin forked not to touch the socket.
    module Forking
      def _fork
        pid = super
        WIRE.forget if pid.zero?
        pid
      end
    end

    # Returns the plugin's source.
    def self.source(file)
      fd = ::ENV["FONDACO_CODE"].to_s[/\Afd:(\d+)\z/, 1]
      return ::File.read(file, encoding: "UTF-8") unless fd

      io = ::IO.for_fd(fd.to_i, "rb")
      text = ::String.new
      while (piece = io.pread(1 << 20, text.bytesize)) && !piece.empty?
        text << piece
      end
      text.force_encoding("UTF-8")
    rescue ::EOFError
      io.close
      text.force_encoding("UTF-8")
    end

    # Runs the plugin's text at the top level, as if Ruby had been given the
    # file.
    def self.load(file)
      text = source(file)
      if (data = text[/^__END__\r?\n(.*)\z/m, 1])
        ::Fondaco::Loading.original("stringio")
        ::Object.const_set(:DATA, ::StringIO.new(data))
      end
      ::RubyVM::InstructionSequence.compile(text, file, ::File.expand_path(file)).eval
    end

    # Returns the names of the functions that the file defines at its top
    # level, with their methods.
    def self.defined_in(file)
      names = ::Object.private_instance_methods(false) + ::Object.public_instance_methods(false)
      names.select { |name| name.match?(/\A[A-Za-z]\w*[?!]?\z/) && ::Object.instance_method(name).source_location&.first == file }
    end

    # Fills the server's tables and returns the hooks init, start and stop, if
    # there.
    def self.publish(names)
      init = names & [:init]
      names -= HOOKS
      hooks = %i[start stop].select { |name| names.include?(name) && ::Object.instance_method(name).arity.zero? }
      names -= hooks
      guards = names.select { |name| names.include?(:"#{name}_pred") }
      predicates = guards.to_h { |name| [name.name, :"#{name}_pred"] }
      SERVER.publish((names - predicates.values).to_h { |name| [name.name, name] }, predicates)
      [(names - predicates.values).map(&:name).sort, predicates.keys.sort, init + hooks]
    end

    def self.hello(functions, guards)
      map = { "version" => 1, "functions" => functions, "guards" => guards, "concurrency" => 1, "language" => "ruby #{::RUBY_VERSION}" }
      WIRE.put(0, "\x82\x00".b << CBOR.encode(map))
    end

    # Loads the plugin and returns the names of its functions, guards and hooks;
    # a failure ends the process with what is wrong.
    def self.prepare(file)
      load(file)
      first = ::ENV.delete("FONDACO_INIT")
      functions, guards, hooks = publish(defined_in(file))
      call(:init) if first && hooks.include?(:init)
      call(:start) if hooks.include?(:start)
      [functions, guards, hooks]
    rescue ::Exception => e
      $stderr.puts "#{file}: #{e.class}: #{e.message}", *Trace.lines(e)
      ::Process.exit!(1)
    end

    def self.call(hook)
      ::TOPLEVEL_BINDING.receiver.__send__(hook)
    end

    def self.main
      $stdout.sync = $stderr.sync = true
      ::Kernel.trap("INT", "IGNORE")
      SIGNALS.each { |signal| ::Kernel.trap(signal, "SYSTEM_DEFAULT") }
      ::Process.singleton_class.prepend(Forking) if ::Process.respond_to?(:_fork)
      fd = __FILE__[%r{\A/(?:proc/self|dev)/fd/(\d+)\z}, 1]
      ::IO.for_fd(fd.to_i).close if fd
      _, file = ::ARGV.shift(2)
      fast = Fast.load
      Loading.begin
      functions, guards, hooks = prepare(file)
      hello(functions, guards)
      SERVER.run(WIRE, fast)
      call(:stop) if hooks.include?(:stop)
    end

    WIRE = Wire.new
  end
end

Fondaco::Launcher.main
