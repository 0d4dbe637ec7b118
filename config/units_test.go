package config

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "4096": 4096, "7B": 7, "1KB": 1000, "1MB": 1_000_000, "2GB": 2_000_000_000,
		"1KiB": 1 << 10, "16MiB": 16 << 20, "8GiB": 8 << 30, "16 MiB": 16 << 20, "9223372036854775807": 1<<63 - 1,
		"": -1, "-1": -1, "+1": -1, "1.5MiB": -1, "MiB": -1, "1mib": -1, "1TiB": -1, "9223372036854775808": -1, "9999999999GiB": -1,
	} {
		got, err := ParseSize(text)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("%q is %d (%v), want %d", text, got, err, want)
		}
	}
}

func TestParseTime(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "5s": 5 * time.Second, "500ms": 500 * time.Millisecond, "1m30s": 90 * time.Second, "1.5h": 90 * time.Minute,
		"": -1, "5": -1, "-5s": -1, "-0": -1, "5 s": -1, "1d": -1, "s": -1,
	} {
		got, err := ParseTime(text)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("%q is %v (%v), want %v", text, got, err, want)
		}
	}
}

func TestLoadAdmin(t *testing.T) {
	file := filepath.Join(folder(t), "fondaco.yaml")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("admin: {url: 'http://127.0.0.1:1', token_file: token}\nmodules: {wrong: [{plugin: gone.lua}]}\nnonsense: 1\n")
	got, err := LoadAdmin(file)
	if want := (Admin{URL: "http://127.0.0.1:1", Token: "s3cret", Explicit: true}); err != nil || got != want {
		t.Errorf("got %+v (%v), want %+v", got, err, want)
	}
	write("modules: {}\n")
	if got, err := LoadAdmin(file); err != nil || got != (Admin{}) {
		t.Errorf("without admin: %+v (%v)", got, err)
	}
	write("admin: [\n")
	if _, err := LoadAdmin(file); err == nil {
		t.Error("a file that is not YAML gives no error")
	}
}

func TestSuggest(t *testing.T) {
	known := []string{"timeout", "queue", "max_jobs"}
	for word, want := range map[string]string{
		"tiemout": `did you mean "timeout"?`, "time_out": `did you mean "timeout"?`, "max-jobs": `did you mean "max_jobs"?`,
		"queu": `did you mean "queue"?`, "colour": "known are timeout, queue, max_jobs", "": "known are timeout, queue, max_jobs",
	} {
		if got := suggest(word, known); got != want {
			t.Errorf("%q: %s, want %s", word, got, want)
		}
	}
}
