package bound

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/fondaco/fondaco/core"
)

// Int returns the integer with the given sign and magnitude (big-endian,
// without leading zeros) when it fits in 64 bits.
func Int(neg bool, mag []byte) (int64, bool) {
	if len(mag) > 8 {
		return 0, false
	}
	var buf [8]byte
	copy(buf[8-len(mag):], mag)
	return Int64(neg, binary.BigEndian.Uint64(buf[:]))
}

// Int64 returns the integer with the given sign and magnitude when it fits in
// 64 bits.
func Int64(neg bool, u uint64) (int64, bool) {
	switch {
	case !neg && u <= math.MaxInt64:
		return int64(u), true
	case neg && u <= 1<<63:
		return -int64(u), true
	}
	return 0, false
}

// Trim returns mag without leading zeros.
func Trim(mag []byte) []byte {
	for len(mag) > 0 && mag[0] == 0 {
		mag = mag[1:]
	}
	return mag
}

var optionWords = [...]string{"caseless", "extended", "multiline", "dotall"}

// Option returns the option of a regular expression that word names, or 0.
func Option(word []byte) core.RegexOptions {
	for i, w := range optionWords {
		if string(word) == w {
			return 1 << i
		}
	}
	return 0
}

// OptionWords calls f with the word of each option that is set.
func OptionWords(o core.RegexOptions, f func(word string)) {
	for i, w := range optionWords {
		if o&(1<<i) != 0 {
			f(w)
		}
	}
}

// CountOptions returns how many options are set.
func CountOptions(o core.RegexOptions) int {
	n := 0
	for i := range optionWords {
		n += int(o >> i & 1)
	}
	return n
}

// Micros reads an RFC 3339 time as microseconds since 1970; digits beyond
// them are cut.
func Micros(text []byte) (int64, bool) {
	var t time.Time
	if t.UnmarshalText(text) != nil {
		return 0, false
	}
	return t.UnixMicro(), true
}

// AppendMicros appends the RFC 3339 form of a time, in UTC with up to six
// decimals. It fails for years that RFC 3339 cannot write.
func AppendMicros(dst []byte, micros int64) ([]byte, bool) {
	t := time.UnixMicro(micros).UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return dst, false
	}
	return t.AppendFormat(dst, "2006-01-02T15:04:05.999999Z"), true
}

// Seconds splits microseconds into whole seconds and what is left of a second,
// which is never negative.
func Seconds(micros int64) (sec, micro int64) {
	sec, micro = micros/1e6, micros%1e6
	if micro < 0 {
		sec, micro = sec-1, micro+1e6
	}
	return sec, micro
}

// Total joins seconds and microseconds; false means that the sum does not fit.
func Total(sec, micro int64) (int64, bool) {
	const most = math.MaxInt64 / 1_000_000
	if sec > 2*most || sec < -2*most {
		return 0, false
	}
	sec, micro = sec+micro/1_000_000, micro%1_000_000
	if sec < 0 && micro > 0 {
		sec, micro = sec+1, micro-1_000_000
	}
	if sec > most || sec < -most {
		return 0, false
	}
	base := sec * 1_000_000
	sum := base + micro
	return sum, (micro >= 0) == (sum >= base)
}
