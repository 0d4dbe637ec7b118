package bound

// Output is the part of a writer that is the same in every codec: the bytes so
// far, and the shape of the value.
type Output struct {
	Buf   []byte
	Err   error // what Put answers from now on
	Shape Shape
}

// Start begins a value for the named codec, to be appended to dst.
func (o *Output) Start(codec string, dst []byte) {
	o.Buf, o.Err = dst, nil
	o.Shape.Reset(codec)
}

// Bytes is core.TokenWriter's.
func (o *Output) Bytes() ([]byte, error) {
	if o.Err == nil {
		o.Err = o.Shape.Whole()
	}
	return o.Buf, o.Err
}

// Forget drops the bytes.
func (o *Output) Forget() { o.Buf, o.Err = nil, nil }
