package sdk

import (
	"bytes"
	_ "embed"
	"fmt"
)

// The files of the Node library.
var (
	//go:embed node/bootstrap.js
	nodeBootstrap string
	//go:embed node/values.js
	nodeValues string
	//go:embed node/encoder.js
	nodeEncoder string
	//go:embed node/decoder.js
	nodeDecoder string
	//go:embed node/errors.js
	nodeErrors string
	//go:embed node/context.js
	nodeContext string
	//go:embed node/wire.js
	nodeWire string
	//go:embed node/streams.js
	nodeStreams string
	//go:embed node/worker.js
	nodeWorker string
	//go:embed node/library.js
	nodeLibrary string
	//go:embed node/plugin.js
	nodePlugin string
	//go:embed node/launcher.js
	nodeLauncher string
)

// node returns the launcher for plain JavaScript files. Without its flag Node
// would look for the file behind a script in /proc/self/fd, which has no name.
func node() Launcher {
	return Launcher{Language: "node", Extension: ".js", Interpreter: "node", Package: "nodejs",
		Flags: []string{"--preserve-symlinks-main"}, Script: nodeScript()}
}

// nodeScript joins the library's modules, each a function, in an order in which
// each requires only those before it.
func nodeScript() []byte {
	var b bytes.Buffer
	b.WriteString(nodeBootstrap)
	for _, m := range []struct{ name, text string }{
		{"values", nodeValues},
		{"encoder", nodeEncoder},
		{"decoder", nodeDecoder},
		{"errors", nodeErrors},
		{"context", nodeContext},
		{"wire", nodeWire},
		{"streams", nodeStreams},
		{"worker", nodeWorker},
		{"library", nodeLibrary},
		{"plugin", nodePlugin},
		{"launcher", nodeLauncher},
	} {
		fmt.Fprintf(&b, "define('./%s', (module, require) => {\n%s});\n", m.name, m.text)
	}
	return b.Bytes()
}
