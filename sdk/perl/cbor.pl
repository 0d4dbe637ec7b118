# The small CBOR codec: used when CBOR::XS is not installed, and beside it for
# what CBOR::XS cannot do.
#
# Numbers stay numbers and strings stay strings, whatever they look like. A
# string of characters is text; a string of bytes is text when it is valid
# UTF-8, else bytes. A floating-point number that
# is one of 0 to 2**32-1 becomes an int.
package Fondaco::CBOR;

use strict;
use warnings;
use B ();
require JSON::PP::Boolean;

use constant { TAG_TIME => 1, TAG_SYMBOL => 39, TAG_TUPLE => 64001, TAG_REGEX => 64002, TAG_CHANNEL => 64003 };
use constant MAX_DEPTH => 512;

our $true  = do { my $v = 1; bless \$v, 'JSON::PP::Boolean' };
our $false = do { my $v = 0; bless \$v, 'JSON::PP::Boolean' };

# is_bool tells Perl's own booleans, which 5.36 and later know.
*is_bool = $] >= 5.036 ? eval 'no warnings; sub { builtin::is_bool($_[0]) }' : sub { 0 };

# valid reports whether bytes are UTF-8 in the strict sense: no surrogates,
# nothing above U+10FFFF.
sub valid {
    my $copy = $_[0];
    return utf8::decode($copy) && $_[0] !~ /\xed[\xa0-\xbf]|\xf4[\x90-\xbf]|[\xf5-\xff]/;
}

# head returns the first bytes of an item of the given major type.
sub head {
    my ($major, $n) = @_;
    $major <<= 5;
    return chr($major | $n)                if $n < 24;
    return pack('CC',  $major | 24, $n)    if $n < 0x100;
    return pack('Cn',  $major | 25, $n)    if $n < 0x10000;
    return pack('CN',  $major | 26, $n)    if $n <= 0xffffffff;
    return pack('CQ>', $major | 27, $n);
}

# encode returns a value in CBOR. It dies with a sentence that names the type
# when there is no form for it.
sub encode { return _encode($_[0], 0) }

sub _encode {
    my $depth = $_[1];
    die "values nested too deep; does the value contain itself?\n" if $depth > MAX_DEPTH;
    my $type = ref $_[0];
    if ($type eq '') { return _scalar($_[0]) }
    if ($type eq 'ARRAY') { return join '', head(4, scalar @{ $_[0] }), map { _encode($_, $depth + 1) } @{ $_[0] } }
    if ($type eq 'HASH')  { return _hash($_[0], $depth) }
    return _object($_[0], $type, $depth);
}

sub _hash {
    my ($hash, $depth) = @_;
    my $bytes = head(5, scalar keys %$hash);
    for my $key (keys %$hash) {
        $bytes .= _string($key) . _encode($hash->{$key}, $depth + 1);
    }
    return $bytes;
}

sub _scalar {
    return "\xf6" if !defined $_[0];
    return $_[0] ? "\xf5" : "\xf4" if is_bool($_[0]);
    my $flags = B::svref_2object(\$_[0])->FLAGS;
    return _string($_[0]) if $flags & B::SVf_POK || !($flags & (B::SVf_NOK | B::SVf_IOK));
    return _int($_[0]) if $flags & B::SVf_IOK && !($flags & B::SVf_NOK);
    return _int($_[0]) if $_[0] >= 0 && $_[0] <= 0xffffffff && $_[0] == int $_[0];
    return "\xfb" . pack 'd>', $_[0];
}

sub _int { return $_[0] < 0 ? head(1, -1 - $_[0]) : head(0, $_[0]) }

sub _string {
    my $bytes   = $_[0];
    my $is_text = utf8::is_utf8($bytes);
    utf8::encode($bytes) if $is_text;
    my $valid   = $bytes !~ tr/\x80-\xff// || valid($bytes);
    die "text with characters that UTF-8 has no form for\n" if $is_text && !$valid;
    return head($valid ? 3 : 2, length $bytes) . $bytes;
}

sub _object {
    my ($value, $type, $depth) = @_;
    return head(6, TAG_SYMBOL) . _text($$value) if $type eq 'Fondaco::Symbol';
    return head(6, TAG_TUPLE) . _encode([@$value], $depth) if $type eq 'Fondaco::Tuple';
    return head(6, TAG_TIME) . _time($$value) if $type eq 'Fondaco::Time';
    return head(6, TAG_CHANNEL) . _int($$value) if $type eq 'Fondaco::Channel';
    return _regex(Fondaco::Regex->of($value)) if $type eq 'Regexp';
    return _regex($value) if $type eq 'Fondaco::Regex';
    return $$value ? "\xf5" : "\xf4" if $type eq 'JSON::PP::Boolean' || $type eq 'boolean';
    return head(6, $value->[0]) . _encode($value->[1], $depth + 1) if $type eq 'CBOR::XS::Tagged';
    return $value->is_int ? _bigint($value) : "\xfb" . pack 'd>', $value->numify if UNIVERSAL::isa($value, 'Math::BigInt');
    die "$type has no form in CBOR\n";
}

# plain returns the text item of what people read: whatever has no form in
# UTF-8 is taken for Latin-1, or replaced.
sub plain {
    my $text = substr $_[0], 0, 65536;
    utf8::decode($text) if !utf8::is_utf8($text) && valid($text);
    $text =~ s/[^\x{0}-\x{d7ff}\x{e000}-\x{10ffff}]/?/g;
    return _text($text);
}

# _text is _string for what is text by its meaning, however Perl keeps it.
sub _text { my $text = $_[0]; utf8::upgrade($text); return _string($text) }

sub _time {
    my ($micros) = @_;
    return _int($micros / 1_000_000) if $micros % 1_000_000 == 0;
    return "\xfb" . pack 'd>', $micros / 1e6;
}

sub _regex {
    my ($regex) = @_;
    my @options = $regex->options;
    return head(6, TAG_REGEX) . head(4, 2) . _text($regex->source) . head(4, scalar @options) . join '', map { _text($_) } @options;
}

sub _bigint {
    my ($n)      = @_;
    my $negative = $n->is_neg;
    my $rest     = $negative ? -$n - 1 : $n->copy;
    my $hex = substr $rest->as_hex, 2;
    $hex = "0$hex" if length($hex) % 2;
    return head($negative ? 1 : 0, hex64($hex)) if length $hex <= 16;
    return head(6, $negative ? 3 : 2) . head(2, length($hex) / 2) . pack 'H*', $hex;
}

# hex64 reads up to 16 hexadecimal digits.
sub hex64 { no warnings 'portable'; return hex $_[0] }

# The text being decoded and the offset in it.
my ($data, $at);

# decode returns the one value in a string of bytes, and dies when the bytes
# are not exactly that.
sub decode {
    ($data, $at) = ($_[0], 0);
    my $value = _decode(0);
    die "bytes after the value\n" if $at != length $data;
    return $value;
}

sub _take {
    my ($n) = @_;
    die "the data end inside a value\n" if $n > length($data) - $at;
    $at += $n;
    return substr $data, $at - $n, $n;
}

my %SIZE = (24 => [1, 'C'], 25 => [2, 'n'], 26 => [4, 'N'], 27 => [8, 'Q>']);

sub _decode {
    my ($depth) = @_;
    die "containers nested too deep\n" if $depth > MAX_DEPTH;
    my $first = ord _take(1);
    my ($major, $n) = ($first >> 5, $first & 31);
    return _simple($n) if $major == 7;
    return _indefinite($major, $depth) if $n == 31;
    if ($n > 23) {
        my $size = $SIZE{$n} or die "a reserved length\n";
        $n = unpack $size->[1], _take($size->[0]);
    }
    return $n if $major == 0;
    return $n < 2**63 ? -1 - $n : _negative($n) if $major == 1;
    return _take($n) if $major == 2;
    return _characters(_take($n)) if $major == 3;
    return tagged($n, _decode($depth + 1)) if $major == 6;
    die "a container of $n elements, but fewer bytes follow\n" if $n > length($data) - $at;
    return [map { _decode($depth + 1) } 1 .. $n] if $major == 4;
    my %map;
    for (1 .. $n) {
        my $key = _decode($depth + 1);
        $map{ defined $key ? "$key" : '' } = _decode($depth + 1);
    }
    return \%map;
}

sub _characters {
    my ($text) = @_;
    die "text that is not UTF-8\n" if !valid($text);
    utf8::decode($text);
    utf8::upgrade($text);
    return $text;
}

sub _negative { require Math::BigInt; return -Math::BigInt->new($_[0]) - 1 }

# _indefinite reads the elements up to the break.
sub _indefinite {
    my ($major, $depth) = @_;
    die "a reserved length\n" if $major < 2 || $major == 6;
    my @parts;
    while (ord(substr $data, $at, 1) != 0xff) { push @parts, _decode($depth + 1) }
    $at++;
    return \@parts if $major == 4;
    return join '', @parts if $major < 4;
    die "a map with a key that has no value\n" if @parts % 2;
    return {@parts};
}

sub _simple {
    my ($n) = @_;
    return $n == 21 ? $true : $false if $n == 20 || $n == 21;
    return undef if $n == 22 || $n == 23;
    return _half(unpack 'n', _take(2)) if $n == 25;
    return unpack 'f>', _take(4) if $n == 26;
    return unpack 'd>', _take(8) if $n == 27;
    die "a simple value without meaning\n";
}

sub _half {
    my ($bits) = @_;
    my ($sign, $exp, $mant) = ($bits & 0x8000 ? -1 : 1, $bits >> 10 & 31, $bits & 1023);
    return $sign * $mant * 2**-24 if $exp == 0;
    return $mant ? 'nan' + 0 : $sign * 9**9**9 if $exp == 31;
    return $sign * ($mant + 1024) * 2**($exp - 25);
}

# tagged returns the value that a tag makes of another, which stays what it is
# when the tag is not known here.
sub tagged {
    my ($tag, $value) = @_;
    return Fondaco::Symbol->new($value) if $tag == TAG_SYMBOL;
    return bless $value, 'Fondaco::Tuple' if $tag == TAG_TUPLE && ref $value eq 'ARRAY';
    return Fondaco::Time->new($value) if $tag == TAG_TIME;
    return Fondaco::Channel->new($value) if $tag == TAG_CHANNEL;
    return Fondaco::Regex->new($value->[0], map { $_ => 1 } @{ $value->[1] }) if $tag == TAG_REGEX && ref $value eq 'ARRAY';
    return $value if $tag != 2 && $tag != 3;
    require Math::BigInt;
    my $n = Math::BigInt->from_hex('0x' . unpack 'H*', "\0$value");
    return $tag == 2 ? $n : -$n - 1;
}
