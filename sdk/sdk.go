// Package sdk holds what Fondaco brings along for plugins in other languages:
// for each a library and a launcher for plain files, embedded in the binary,
// so that nothing has to be installed but the language.
//
// The folders beside this file are the libraries, each in its own language;
// docs/protocol.md is what they implement.
package sdk

// Launcher runs plain plugin files of one language. The command line is
//
//	Interpreter Flags... SCRIPT MODULE FILE
//
// where SCRIPT is a file that holds Script. The environment is that of
// docs/protocol.md.
type Launcher struct {
	Language    string   // "python"
	Extension   string   // of plugin files, with the dot: ".py"
	Interpreter string   // program to look for in PATH: "python3"
	Package     string   // the Debian package that has it
	Flags       []string // options of the interpreter, before the script
	Script      []byte   // library, codec and launcher in one text
}

// Launchers lists every language that has one. The list is made anew at each
// call; the scripts must not be changed.
func Launchers() []Launcher {
	return []Launcher{python(), perl(), ruby(), node()}
}

// Find returns the launcher for files with the given extension.
func Find(extension string) (Launcher, bool) {
	for _, l := range Launchers() {
		if l.Extension == extension {
			return l, true
		}
	}
	return Launcher{}, false
}
