# The fast codec: CBOR::XS, with the rules of the small one.
package Fondaco::CBOR::Fast;

use strict;
use warnings;

our ($encoder, $decoder);

# load returns true when CBOR::XS is there and may be used.
sub load {
    return 0 if ($ENV{FONDACO_CODEC} // '') eq 'small';
    return 0 if !eval { local $SIG{__DIE__}; require CBOR::XS; 1 };
    $encoder = CBOR::XS->new->text_keys(1)->text_strings(1);
    $decoder = CBOR::XS->new->forbid_objects(1)->filter(\&Fondaco::CBOR::tagged);
    for my $class (qw(Fondaco::Symbol Fondaco::Tuple Fondaco::Time Fondaco::Regex Fondaco::Channel Regexp Math::BigInt Math::BigFloat)) {
        no strict 'refs';
        no warnings 'redefine';
        *{"${class}::TO_CBOR"} = \&_exact;
    }
    return 1;
}

# _exact is what CBOR::XS calls for classes that it does not know, or writes otherwise: the small codec's bytes.
sub _exact { return CBOR::XS::as_cbor(Fondaco::CBOR::encode($_[0])) }

# What CBOR::XS would get wrong leaves one of these in its output: bytes taken
# for Latin-1, surrogates and characters beyond Unicode, Perl's own booleans,
# references to scalars and code (tag 22098), objects frozen by themselves
# (tag 26). They stand in good output as well: then only time is lost.
our $suspect = qr/[\xc2\xc3][\x80-\xbf]|\xed[\xa0-\xbf]|\xf4[\x90-\xbf]|[\xf5-\xff][\x80-\xbf]{3}|`|a1|\xd9\x56\x52|\xd8\x1a/;

# encode is Fondaco::CBOR::encode, ten times as fast.
sub encode {
    my $bytes = $encoder->encode($_[0]);
    return $bytes if !($bytes =~ tr/\xc2\xc3\xd8\xd9\xed\xf4-\xff`// || index($bytes, 'a1') >= 0);
    return $bytes if $bytes !~ $suspect;
    return Fondaco::CBOR::encode($_[0]);
}

# decode is Fondaco::CBOR::decode. CBOR::XS misreads integers below -2**63.
sub decode {
    return Fondaco::CBOR::decode($_[0]) if index($_[0], ';') >= 0 && $_[0] =~ /;[\x80-\xff]/;
    return $decoder->decode($_[0]);
}
