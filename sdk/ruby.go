package sdk

import "embed"

//go:embed ruby/*.rb
var rubyFiles embed.FS

// rubyParts are the launcher's parts, each after those it uses while it is
// loaded.
var rubyParts = []string{
	"values.rb", "cbor.rb", "reader.rb", "loading.rb", "fast.rb", "wire.rb", "serve.rb", "stream.rb", "trace.rb", "library.rb", "launcher.rb",
}

// ruby returns the launcher for plain Ruby files. RubyGems is loaded when the
// plugin needs it only: Ruby starts in a fifth of the time.
func ruby() Launcher {
	script := join(rubyFiles, "ruby", "# %s\n", "\n", rubyParts...)
	return Launcher{Language: "ruby", Extension: ".rb", Interpreter: "ruby", Package: "ruby",
		Flags: []string{"--disable-gems"}, Script: script}
}
