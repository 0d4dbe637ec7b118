# The floor for Perl: frames in, values decoded and encoded, frames out.
use strict;
use warnings;
use CBOR::XS;

open my $socket, '+<&=', 3 or die "descriptor 3: $!";
my $cbor = CBOR::XS->new->text_strings(1);
my $buf  = '';
while (sysread $socket, $buf, 262144, length $buf) {
    my ($at, $out) = (0, '');
    while (length($buf) - $at >= 8) {
        my ($size, $slot) = unpack 'NN', substr $buf, $at, 8;
        last if length($buf) - $at - 8 < $size;
        my $answer = $cbor->encode($cbor->decode(substr $buf, $at + 8, $size));
        $out .= pack('NN', length $answer, $slot) . $answer;
        $at += 8 + $size;
    }
    substr($buf, 0, $at) = '';
    while (length $out) {
        my $n = syswrite $socket, $out or die "write: $!";
        substr($out, 0, $n) = '';
    }
}
