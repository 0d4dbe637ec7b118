package sdk

import (
	"bytes"
	_ "embed"
	"fmt"
	"strconv"
)

// The files of the Python library.
var (
	//go:embed python/bootstrap.py
	pythonBootstrap string
	//go:embed python/values.py
	pythonValues string
	//go:embed python/cbor.py
	pythonCBOR string
	//go:embed python/codec.py
	pythonCodec string
	//go:embed python/errors.py
	pythonErrors string
	//go:embed python/wire.py
	pythonWire string
	//go:embed python/streams.py
	pythonStreams string
	//go:embed python/worker.py
	pythonWorker string
	//go:embed python/plugin.py
	pythonPlugin string
	//go:embed python/library.py
	pythonLibrary string
	//go:embed python/launcher.py
	pythonLauncher string
)

// python returns the launcher for plain Python files.
func python() Launcher {
	return Launcher{Language: "python", Extension: ".py", Interpreter: "python3", Package: "python3", Script: pythonScript()}
}

// pythonScript joins the library's modules, as string literals, in an order in
// which each imports only those before it.
func pythonScript() []byte {
	var b bytes.Buffer
	b.WriteString(pythonBootstrap)
	for _, m := range []struct{ name, file, text string }{
		{"fondaco.values", "values.py", pythonValues},
		{"fondaco.cbor", "cbor.py", pythonCBOR},
		{"fondaco.codec", "codec.py", pythonCodec},
		{"fondaco.errors", "errors.py", pythonErrors},
		{"fondaco.wire", "wire.py", pythonWire},
		{"fondaco.streams", "streams.py", pythonStreams},
		{"fondaco.worker", "worker.py", pythonWorker},
		{"fondaco.plugin", "plugin.py", pythonPlugin},
		{"fondaco", "library.py", pythonLibrary},
		{"__main__", "launcher.py", pythonLauncher},
	} {
		// What Go quotes in ASCII means the same in Python.
		fmt.Fprintf(&b, "_module(%q, %q, %s)\n", m.name, m.file, strconv.QuoteToASCII(m.text))
	}
	return b.Bytes()
}
