package core

// Body is a value in the bytes it arrived in, with their codec. It is
// transcoded or built only when somebody asks. The zero Body means "no value",
// as a cast answers.
type Body struct {
	Codec Codec
	Data  []byte // exactly one value
	// Strict says that Data was scanned and holds only what the codec writes
	// itself, so that it may be copied into an envelope of the same codec.
	Strict bool
}

// IsZero reports whether there is no value.
func (b Body) IsZero() bool { return b.Codec == nil }

// Clone returns a copy that shares no memory with b.
func (b Body) Clone() Body {
	b.Data = append([]byte(nil), b.Data...)
	return b
}
