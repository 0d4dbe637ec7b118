package core

// TokenKind is the kind of one token of a value. docs/values.md gives each
// kind's form in every codec and language.
type TokenKind uint8

// The kinds of token. List, Tuple and Map open a container, which a matching
// End closes.
const (
	NilToken     TokenKind = iota
	BoolToken              // Bool
	IntToken               // Int
	BigToken               // Bytes: magnitude, big-endian, no leading zero; Neg
	FloatToken             // Float
	TextToken              // Bytes: valid UTF-8
	BytesToken             // Bytes
	SymbolToken            // Bytes: the name, valid UTF-8
	ListToken              // Len elements follow
	TupleToken             // Len elements follow
	MapToken               // Len pairs of key and value follow
	EndToken               // closes the innermost container
	TimeToken              // Int: microseconds since 1970-01-01T00:00:00Z
	RegexToken             // Bytes: the source; Options
	ChannelToken           // Int: the channel's id
)

var tokenWords = [...]string{"nil", "bool", "int", "int", "float", "text", "bytes", "symbol", "list", "tuple", "map",
	"end", "time", "regex", "channel"}

// String returns the kind's word as docs/values.md has it.
func (k TokenKind) String() string {
	if int(k) < len(tokenWords) {
		return tokenWords[k]
	}
	return "unknown"
}

// UnknownLen is the Len of a container whose size is not known beforehand, as
// in JSON.
const UnknownLen = -1

// Token is one token of a value. Only the fields named at its kind mean
// anything. Bytes aliases the input of the reader and is valid until the
// reader's next token.
type Token struct {
	Kind    TokenKind
	Bool    bool
	Neg     bool
	Len     int
	Int     int64
	Float   float64
	Bytes   []byte
	Options RegexOptions
}

// RegexOptions are the options of a regular expression, a set of bits.
type RegexOptions uint8

// The options of a regular expression that all languages share.
const (
	RegexCaseless  RegexOptions = 1 << iota // ignore case
	RegexExtended                           // white space and comments in the source
	RegexMultiline                          // ^ and $ match at line ends
	RegexDotAll                             // . matches a line end too
)

// Limits bound what a reader accepts. They hold before anything is allocated.
// A zero field means the default.
type Limits struct {
	Bytes    int // of one value; default 16 MiB
	Depth    int // of nested containers; default 128
	Elements int // of all containers together; default 1 << 20
	Inflate  int // bytes a compressed term may grow to; default Bytes
}

// ReadOptions steer a reader.
type ReadOptions struct {
	Limits Limits
	// Binaries keeps BERT binaries bytes, even those that are valid UTF-8.
	Binaries bool
}

// TokenReader yields the tokens of one value. It is not safe for concurrent
// use, and may be used again after Reset.
type TokenReader interface {
	// Reset starts over on data, which holds one value and must not change
	// while it is read.
	Reset(data []byte, opts ReadOptions)
	// Next stores the next token in t, and returns io.EOF after the last. It
	// fails with an error that wraps ErrProtocol when the data are malformed or
	// over a limit.
	Next(t *Token) error
}

// TokenWriter turns tokens into the bytes of one value. It is not safe for
// concurrent use, and may be used again after Reset.
type TokenWriter interface {
	// Reset starts a new value, to be appended to dst.
	Reset(dst []byte)
	// Put appends a token. It fails when the codec has no form for it.
	Put(t *Token) error
	// Bytes returns dst with the value appended, and fails when the value is
	// not complete.
	Bytes() ([]byte, error)
}

// Codec is one encoding of values. A codec is one immutable value, safe for
// concurrent use and comparable with ==.
type Codec interface {
	Name() string // "bert", "cbor", "json"
	NewReader() TokenReader
	NewWriter() TokenWriter
}

// Scanner is an ability of a codec: it finds the end of a value and checks it
// in one pass without allocating.
type Scanner interface {
	// Scan returns the length of the value at the start of data. strict says
	// that the value holds only what the codec writes itself. It fails as
	// TokenReader.Next does; its error is ErrProtocol when data ends early, too.
	Scan(data []byte, limits Limits) (n int, strict bool, err error)
}
