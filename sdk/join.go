package sdk

import (
	"bytes"
	"embed"
	"fmt"
)

// join returns the named files of a folder as one script, each between before,
// in which %s is the file's name, and after. A file that is missing is a
// mistake in the list, which the tests find.
func join(files embed.FS, folder, before, after string, names ...string) []byte {
	var script bytes.Buffer
	for _, name := range names {
		text, err := files.ReadFile(folder + "/" + name)
		if err != nil {
			panic("sdk: " + err.Error())
		}
		fmt.Fprintf(&script, before, name)
		script.Write(text)
		script.WriteString(after)
	}
	return script.Bytes()
}
