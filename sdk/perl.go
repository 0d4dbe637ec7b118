package sdk

import "embed"

//go:embed perl/*.pl
var perlFiles embed.FS

// perlParts are the launcher's parts in their order. The first one compiles the
// plugin: no pragma of the others is in force there.
var perlParts = []string{
	"eval.pl", "values.pl", "cbor.pl", "xs.pl", "wire.pl", "stream.pl", "serve.pl", "trace.pl", "library.pl", "launcher.pl",
}

// perl returns the launcher for plain Perl files.
func perl() Launcher {
	script := join(perlFiles, "perl", "{\n#line 1 \"fondaco/%s\"\n", "}\n", perlParts...)
	return Launcher{Language: "perl", Extension: ".pl", Interpreter: "perl", Package: "perl", Script: script}
}
