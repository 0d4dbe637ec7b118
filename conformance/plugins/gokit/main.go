// Gokit is the conformance plugin as a worker written in Go.
package main

import (
	"github.com/fondaco/fondaco/conformance/plugins/gokit/kit"
	"github.com/fondaco/fondaco/plugin"
)

func main() { plugin.Main(kit.New()) }
