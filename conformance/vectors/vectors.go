// Package vectors holds the conformance vectors: values in every codec, and
// what every codec must refuse. They are plain files, for other languages;
// README.md tells their format.
package vectors

import (
	"embed"
	"encoding/hex"
	"fmt"
	"strings"
)

//go:embed *.txt
var files embed.FS

// Vector is one value in every codec.
type Vector struct {
	Name  string
	Value string // as JSON that tells every kind, which the JSON codec reads
	BERT  []byte // as the codec writes it, without the magic byte
	CBOR  []byte // as the codec writes it
	JSON  string // as the codec writes it
	lossy string
}

// Lossy reports whether reading the vector in the named codec gives other
// kinds than Value has.
func (v *Vector) Lossy(codec string) bool { return strings.Contains(v.lossy, codec) }

// In returns the vector as the named codec writes it.
func (v *Vector) In(codec string) []byte {
	switch codec {
	case "bert":
		return v.BERT
	case "cbor":
		return v.CBOR
	}
	return []byte(v.JSON)
}

// Input is data in a codec that are read as Value, or must be refused.
type Input struct {
	Name  string
	Codec string
	Data  []byte
	Value string // empty in Malformed
}

// All returns the vectors that every codec writes and reads.
func All() ([]Vector, error) {
	var list []Vector
	for _, file := range []string{"ints.txt", "floats.txt", "text.txt", "containers.txt", "special.txt"} {
		records, err := parse(file)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			v := Vector{Name: r["name"], Value: r["value"], JSON: r["json"], lossy: r["lossy"]}
			var err1, err2 error
			v.BERT, err1 = hex.DecodeString(r["bert"])
			v.CBOR, err2 = hex.DecodeString(r["cbor"])
			if err1 != nil || err2 != nil {
				return nil, fmt.Errorf("%s: %s: hex expected", file, v.Name)
			}
			list = append(list, v)
		}
	}
	return list, nil
}

// Read returns the forms that a codec reads but does not write.
func Read() ([]Input, error) { return inputs("read.txt") }

// Malformed returns what a codec must refuse.
func Malformed() ([]Input, error) { return inputs("malformed.txt") }

func inputs(file string) ([]Input, error) {
	records, err := parse(file)
	if err != nil {
		return nil, err
	}
	var list []Input
	for _, r := range records {
		data, err := hex.DecodeString(r["hex"])
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", file, r["name"], err)
		}
		list = append(list, Input{r["name"], r["codec"], data, r["value"]})
	}
	return list, nil
}

// parse returns the records of a file: lines "key: value", with a blank line
// after each record.
func parse(file string) ([]map[string]string, error) {
	text, err := files.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var records []map[string]string
	blank := true
	for line := range strings.SplitSeq(string(text), "\n") {
		if line == "" || line[0] == '#' {
			blank = true
			continue
		}
		key, value, ok := strings.Cut(line, ": ")
		if !ok {
			if key, ok = strings.CutSuffix(line, ":"); !ok {
				return nil, fmt.Errorf("%s: %q is no line of a record", file, line)
			}
		}
		if blank {
			records = append(records, map[string]string{})
		}
		blank = false
		records[len(records)-1][key] = value
	}
	return records, nil
}
