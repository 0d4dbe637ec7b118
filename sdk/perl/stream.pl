# The streams of calls: chunks that come in as long as credit was granted, and
# chunks that go out as long as the caller has room.
package Fondaco::Stream;

use strict;
use warnings;

# WINDOW is how many chunks may be on their way in.
use constant { WINDOW => 16, MAX_CHUNK => 65536 };

# state returns the state of a call that streams: chunks not yet taken, whether
# the end has come, how many were taken since credit was granted, and how many
# may go out.
sub state {
    my ($options) = @_;
    return { in => $options->{in}, chunks => [], ended => !$options->{in}, taken => undef,
             out => defined $options->{out}, room => $options->{out} // 0 };
}

# take returns the next chunk that the caller streams in, undef at the end.
sub take {
    my $stream = Fondaco::Server::stream() or return undef;
    return undef if !$stream->{in};
    if (!defined $stream->{taken}) { $stream->{taken} = 0; grant(WINDOW) }
    my $chunks = $stream->{chunks};
    Fondaco::Server::wait_until(sub { @$chunks || $stream->{ended} }) if !@$chunks && !$stream->{ended};
    return undef if !@$chunks;
    if (++$stream->{taken} >= WINDOW / 2 && !$stream->{ended}) { grant($stream->{taken}); $stream->{taken} = 0 }
    return shift @$chunks;
}

sub grant {
    my ($n) = @_;
    return Fondaco::Wire::put($Fondaco::Server::current, "\x82\x09" . Fondaco::CBOR::head(0, $n));
}

# give sends bytes out, in as many chunks as they need, and waits for room.
sub give {
    my ($bytes) = @_;
    my $stream = Fondaco::Server::stream();
    if (!$stream || !$stream->{out}) {
        die Fondaco::Error->new(kind => 'user', class_name => 'NoStream', message => 'the caller takes no stream');
    }
    utf8::encode($bytes) if utf8::is_utf8($bytes);
    for (my $at = 0; $at < length $bytes; $at += MAX_CHUNK) {
        my $chunk = substr $bytes, $at, MAX_CHUNK;
        Fondaco::Server::wait_until(sub { $stream->{room} > 0 }) if $stream->{room} <= 0;
        $stream->{room}--;
        Fondaco::Wire::put($Fondaco::Server::current, "\x82\x07" . Fondaco::CBOR::head(2, length $chunk) . $chunk);
    }
    return;
}

# iterate sends what an iterator yields, when the caller takes a stream; else it
# returns the list of it.
sub iterate {
    my ($iterator) = @_;
    my $stream = Fondaco::Server::stream();
    my $out    = $stream && $stream->{out};
    my @list;
    while (defined(my $element = $iterator->next)) {
        if   ($out) { give($element) }
        else        { push @list, $element }
    }
    return $out ? undef : \@list;
}
