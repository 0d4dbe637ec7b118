package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// folder makes a folder with the plugins that the tests name.
func folder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"a.lua": 0o644, "a.py": 0o644, "tool": 0o755, "plain": 0o644, "x.wasm": 0o644} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestLoad(t *testing.T) {
	dir := folder(t)
	t.Setenv("FD_TEST_N", "3")
	t.Setenv("FD_TEST_HOST", "127.0.0.1")
	file := filepath.Join(dir, "fondaco.yaml")
	err := os.WriteFile(file, []byte(`
admin: {url: "http://127.0.0.1:8090", token_file: token}
log: {level: debug, format: json, access: logs/access.log}
listen:
  - "bert://${FD_TEST_HOST}:0?idle=5s&max_connections=${FD_TEST_N}"
  - {url: http://127.0.0.1:8080, max_message: 1MiB, allow: [math.add, calc.*]}
modules:
  math:
    - {plugin: a.lua, instances: 2, config: {n: 1, f: 1.5, s: "$${x}", l: [true, null]}}
    - &py
      plugin: a.py
      workers: {min: 1, max: 8, idle: 500ms}
      timeout: 0
      max_memory: 150MiB
      binaries: bytes
      restart: {burst: 2, within: 1m30s}
      priority: {low_share: 4}
      env: {DEBUG: true, N: 1, S: "x y"}
  other:
    - {<<: *py, workers: 4, max_jobs: "${FD_TEST_N}"}
  ext: {command: ruby ext.rb, wire: ernie, cwd: .}
  tool: [tool]
`), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Admin{URL: "http://127.0.0.1:8090", Token: "s3cret", Explicit: true}); c.Admin != want {
		t.Errorf("admin is %+v, want %+v", c.Admin, want)
	}
	if want := (Log{Level: "debug", Format: "json", Access: filepath.Join(dir, "logs/access.log")}); c.Log != want {
		t.Errorf("log is %+v, want %+v", c.Log, want)
	}
	door := DefaultDoor("bert://127.0.0.1:0")
	door.Idle, door.MaxConns, door.Pos = 5*time.Second, 3, Pos{5, 5}
	if !reflect.DeepEqual(c.Listen[0], door) {
		t.Errorf("first door is %+v, want %+v", c.Listen[0], door)
	}
	if d := c.Listen[1]; d.MaxMessage != 1<<20 || !reflect.DeepEqual(d.Allow, []string{"math.add", "calc.*"}) {
		t.Errorf("second door is %+v", d)
	}
	wantModules(t, c, dir)
}

func wantModules(t *testing.T, c *Config, dir string) {
	t.Helper()
	var order []string
	for _, m := range c.Modules {
		order = append(order, m.Name)
	}
	if got := strings.Join(order, " "); got != "math other ext tool" {
		t.Fatalf("modules are %s", got)
	}
	lua := DefaultPlugin()
	lua.Module, lua.File, lua.Dir, lua.Pos = "math", filepath.Join(dir, "a.lua"), dir, Pos{9, 7}
	lua.Instances, lua.Workers.Max = 2, 2
	lua.Config = map[string]any{"n": int64(1), "f": 1.5, "s": "${x}", "l": []any{true, nil}}
	if got := c.Modules[0].Plugins[0]; !reflect.DeepEqual(got, lua) {
		t.Errorf("math.lua is\n%+v, want\n%+v", got, lua)
	}
	py := DefaultPlugin()
	py.Module, py.File, py.Dir, py.Pos = "math", filepath.Join(dir, "a.py"), dir, Pos{11, 7}
	py.Workers, py.Timeout, py.MaxMemory, py.Binaries = Workers{1, 8, 500 * time.Millisecond}, 0, 150<<20, true
	py.Restart, py.LowShare = Restart{2, 90 * time.Second}, 4
	py.Env = map[string]string{"DEBUG": "true", "N": "1", "S": "x y"}
	if got := c.Modules[0].Plugins[1]; !reflect.DeepEqual(got, py) {
		t.Errorf("math.py is\n%+v, want\n%+v", got, py)
	}
	py.Module, py.Pos, py.Workers, py.MaxJobs = "other", Pos{20, 7}, Workers{0, 4, DefaultIdle}, 3
	if got := c.Modules[1].Plugins[0]; !reflect.DeepEqual(got, py) {
		t.Errorf("other is\n%+v, want\n%+v", got, py)
	}
	if got := c.Modules[2].Plugins[0]; got.Command != "ruby ext.rb" || got.Wire != "ernie" || got.Dir != dir {
		t.Errorf("ext is %+v", got)
	}
	for i, want := range []string{"lua", "process", "process", "process"} {
		if got, err := RuntimeOf(c.Modules[i].Plugins[0]); got != want && i > 0 || err != nil {
			t.Errorf("runtime of %s is %q (%v), want %q", c.Modules[i].Name, got, err, want)
		}
	}
}

func TestErrors(t *testing.T) {
	dir := folder(t)
	for name, tc := range map[string]struct{ yaml, want string }{
		"unknown key":      {"modulse: {}", `1:1: unknown key "modulse" in the configuration; did you mean "modules"?`},
		"far from any key": {"log: {zzzzzz: 1}", `1:7: unknown key "zzzzzz" in log; known are level, format, access`},
		"several, sorted": {"modules:\n  m:\n    - plugin: a.lua\n      tiemout: 5s\n      queue: many\nlog:\n  level: loud\n",
			"4:7: unknown key \"tiemout\" in a plugin; did you mean \"timeout\"?\n5:14: queue is \"many\"; write a whole number from 0 to 10000000\n7:10: level is \"loud\"; known are debug, info, warn, error"},
		"wrong type":         {"log: 5", `1:6: log is 5; write a map of keys and values`},
		"list for map":       {"modules: [a]", `1:10: modules is a list; write a map: a module's name, and its plugins as a list`},
		"bad time":           {"modules: {m: {plugin: a.lua, timeout: 5}}", `1:39: timeout is 5; write a time with its unit, such as 5s, 500ms or 1m30s`},
		"negative time":      {"modules: {m: {plugin: a.lua, timeout: -5s}}", `1:39: timeout is "-5s"; write a time with its unit, such as 5s, 500ms or 1m30s`},
		"bad size":           {"modules: {m: {plugin: a.py, max_memory: 5Mo}}", `1:41: max_memory is "5Mo"; write a size such as 16MiB, 1MB or 4096`},
		"size out of range":  {"listen: [{url: 'bert://:1', max_message: 10}]", `1:42: max_message is 10; write a size from 64 to 1073741824 bytes`},
		"workers":            {"modules: {m: {plugin: a.py, workers: 0}}", `1:38: workers is 0; write a whole number from 1 to 10000`},
		"min above max":      {"modules: {m: {plugin: a.py, workers: {min: 3, max: 2}}}", `1:38: workers has min 3 above max 2; make max the larger one`},
		"duplicate":          {"log: {level: info}\nlog: {}", `2:1: key "log" is already in line 1; remove one of the two`},
		"missing file":       {"modules:\n  m:\n    - plugin: no.lua\n", `3:15: plugin DIR/no.lua: no such file or directory; check the name; relative ones start at DIR`},
		"folder as file":     {"modules: {m: {plugin: .}}", `1:23: plugin DIR is a folder; give a file`},
		"not executable":     {"modules: {m: {plugin: plain}}", `1:15: plugin DIR/plain: no runtime is known for it, and it cannot be executed; use .lua, .py, .pl, .rb or .js, or chmod +x`},
		"later extension":    {"modules: {m: {plugin: x.wasm}}", `1:15: plugin DIR/x.wasm: .wasm files are known, but not in this version yet; remove it, or use a version that has it`},
		"later key":          {"modules: {m: {plugin: a.py, limits: {memory: 1MiB}}}", `1:29: limits is known, but not in this version yet; remove it, or use a version that has it`},
		"later word":         {"modules: {m: {plugin: a.py, state: request}}", `1:36: state: request is known, but not in this version yet; remove it, or use a version that has it`},
		"later place":        {"modules: {m: {plugin: a.lua, where: process}}", `1:30: where: process for runtime lua is known, but not in this version yet; remove it, or use a version that has it`},
		"later door":         {"listen: ['tcp://:1']", `1:10: tcp:// is known, but not in this version yet; remove it, or use a version that has it`},
		"later door key":     {"listen: [{url: 'bert://:1', frame: decimal}]", `1:29: frame is known, but not in this version yet; remove it, or use a version that has it`},
		"unknown runtime":    {"modules: {m: {plugin: a.py, runtime: proces}}", `1:38: runtime is "proces"; did you mean "process"?`},
		"unknown door":       {"listen: ['bret://:1']", `1:10: no door speaks bret://; did you mean "bert"?`},
		"no port":            {"listen: ['bert://localhost']", `1:10: door URL "bert://localhost" has no port; add one such as :8000, or :0 to have one picked`},
		"port too high":      {"listen: ['bert://localhost:99999']", `1:10: door URL "bert://localhost:99999": the port is out of range; write one from 1 to 65535, or 0 to have one picked`},
		"bad query":          {"listen: ['bert://:1?idel=5s']", `1:10: unknown key "idel" in a door's URL; did you mean "idle"?`},
		"port twice":         {"listen: ['bert://:1', 'http://:1']", `1:23: http://:1 is taken by bert://:1 already; choose another port`},
		"bad allow":          {"listen: [{url: 'bert://:1', allow: math}]", `1:36: allow has "math"; write a function such as math.add, or math.* for all of a module`},
		"both":               {"modules: {m: {plugin: a.py, command: x}}", `1:29: a plugin has both plugin and command; write plugin: FILE, or command: PROGRAM for a worker that brings its own`},
		"neither":            {"modules: {m: {queue: 1}}", `1:14: a plugin has neither plugin nor command; write plugin: FILE, or command: PROGRAM for a worker that brings its own`},
		"no plugins":         {"modules: {m: }", `1:13: module m has no plugins; write a list such as [{plugin: FILE}]`},
		"module name":        {"modules: {a.b: {plugin: a.py}}", `1:11: module name "a.b" has one of . / * : , or a blank in it; give it another name`},
		"own name":           {"modules: {fondaco: {plugin: a.py}}", `1:11: module name "fondaco" is the server's own; give it another name`},
		"env of embedded":    {"modules: {m: {plugin: a.lua, env: {A: b}}}", `1:30: env is for plugins in processes, this one is embedded (runtime lua); remove it`},
		"workers embedded":   {"modules: {m: {plugin: a.lua, workers: 2}}", `1:30: workers is for plugins in processes, this one is embedded (runtime lua); write instances: N`},
		"own variable":       {"modules: {m: {plugin: a.py, env: {FONDACO_SOCKET: x}}}", `1:35: FONDACO_SOCKET is the server's own variable; give it another name`},
		"undefined variable": {"log:\n  access: x/${FD_NO_SUCH}", `2:11: the environment has no variable FD_NO_SUCH; set it before the server starts`},
		"bad variable":       {"log:\n  access: x/${FD NO}", `2:11: "${FD NO}" is no variable's name; write ${NAME}, or $${ for a plain ${`},
		"tcp without token":  {"admin: http://127.0.0.1:1", `1:8: admin over TCP has no token; add token: or token_file:, or use unix:///path`},
		"token file":         {"admin: {url: 'http://127.0.0.1:1', token_file: none}", `1:48: token_file DIR/none holds no token: no such file or directory; write the token into it, mode 0600`},
		"admin form":         {"admin: ftp://x", `1:8: admin URL "ftp://x" is of no known form; write unix:///absolute/path, http://host:port or none`},
		"alias":              {"log: *x", `1:6: no anchor &x stands before this alias; define it above, outside of itself`},
		"itself":             {"log: &x {level: *x}", `1:17: no anchor &x stands before this alias; define it above, outside of itself`},
		"tag":                {"log: !!binary aGk=", `1:6: tags, directives and special numbers have no meaning here; write a plain value`},
		"second document":    {"log: {}\n---\nlog: {}", `3:4: a second YAML document begins here; keep one document in the file`},
		"not UTF-8":          {"log: \xff", `1:1: the file is not UTF-8; save it as UTF-8`},
		"syntax":             {"log: {level: info", `1:6: this is not YAML: could not find flow mapping end token '}'; check indentation, quotes and brackets here`},
		"too deep":           {"log: " + strings.Repeat("[", 1000), `1:70: lists and maps are nested deeper than 64 levels; flatten it`},
		"too deep entries":   {strings.Repeat("- ", 1000), `1:513: lists and maps are nested deeper than 64 levels; flatten it`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse("f.yaml", dir, []byte(tc.yaml))
			if err == nil {
				t.Fatalf("no error, want %s", tc.want)
			}
			got := strings.ReplaceAll(strings.ReplaceAll(err.Error(), "f.yaml:", ""), dir, "DIR")
			if got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func TestAliasBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("modules: {m: {plugin: a.py, config: {l0: &l0 [x, x]")
	for i := range 40 {
		fmt.Fprintf(&b, ", l%d: &l%d [*l%d, *l%d]", i+1, i+1, i, i)
	}
	b.WriteString("}}}")
	_, err := parse("f.yaml", folder(t), []byte(b.String()))
	if err == nil || !strings.Contains(err.Error(), "aliases counted") {
		t.Fatalf("got %v", err)
	}
}

func TestLoadMissing(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.yaml"))
	if err == nil || !strings.Contains(err.Error(), "cannot read the configuration: no such file") {
		t.Fatalf("got %v", err)
	}
	if _, err = Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a file") {
		t.Fatalf("got %v", err)
	}
}

func TestForFiles(t *testing.T) {
	dir := folder(t)
	lua, py := filepath.Join(dir, "a.lua"), filepath.Join(dir, "a.py")
	c, err := ForFiles([]string{lua, filepath.Join(dir, "tool"), py}, []string{"bert://127.0.0.1:0?idle=5s"}, "none")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Modules) != 2 || c.Modules[0].Name != "a" || len(c.Modules[0].Plugins) != 2 || c.Modules[0].Plugins[1].File != py {
		t.Errorf("modules are %+v", c.Modules)
	}
	if len(c.Listen) != 1 || c.Listen[0].Idle != 5*time.Second || c.Admin.URL != "none" {
		t.Errorf("listen is %+v, admin %+v", c.Listen, c.Admin)
	}
	if c, _ = ForFiles([]string{lua}, nil, ""); len(c.Listen) != 2 || c.Admin.Explicit {
		t.Errorf("default doors are %+v, admin %+v", c.Listen, c.Admin)
	}
	_, err = ForFiles([]string{filepath.Join(dir, "none.lua"), dir}, []string{"bert://:1?idle=x", "smtp://:1"}, "x")
	want := `--admin x: admin URL "x" is of no known form; write unix:///absolute/path, http://host:port or none
--listen bert://:1?idle=x: idle is "x"; write a time with its unit, such as 5s, 500ms or 1m30s
--listen smtp://:1: no door speaks smtp://; known are bert, http
DIR/none.lua: cannot read the plugin: no such file or directory; check the name
DIR: this is a folder; name the files, such as DIR/*`
	if got := strings.ReplaceAll(err.Error(), dir, "DIR"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("modules: {m: [{plugin: a.py, workers: 4}]}\nlisten: ['bert://:0?idle=5s']\nadmin: {url: unix:///x}\n"))
	f.Add([]byte("a: &a [*a, <<]\n<<: *a\n? x\n: - !!t &b y\n%YAML 1.2\n--- |\n  x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("f.yaml", data)
		if (c == nil) == (err == nil) {
			t.Fatalf("config %v and error %v", c, err)
		}
		if err != nil && err.Error() == "" {
			t.Fatal("an error says nothing")
		}
	})
}
