# Frames over the socket: see docs/protocol.md. Reading and writing go by big
# pieces; a write that does not fit never stops the reading.
package Fondaco::Wire;

use strict;
use warnings;

use constant { MAX_FRAME => (64 << 20) + 4, PIECE => 256 << 10, FLUSH => 64 << 10, QUEUE => 128 << 20 };

# Error numbers, without the module that has them all.
use constant { EINTR => 4, EAGAIN => $^O eq 'linux' ? 11 : 35 };

# The flags of send(2): do not wait, raise no SIGPIPE.
use constant SEND_FLAGS => $^O eq 'linux' ? 0x4040 : 0x80;

our $in  = '';     # what was read
our $at  = 0;      # how much of it was taken
our $out = '';     # what waits to be written
our $exotic = 0;   # some message that was read may hold integers below -2**63
my $fresh = 0;     # something was read since fill began
my $socket;
my $pid = $$;      # who may use the socket: not a child that the plugin forked

# attach opens the socket that the environment names, and keeps it from the
# programs that the plugin starts.
sub attach {
    my ($fd) = ($ENV{FONDACO_SOCKET} // '') =~ /^fd:(\d+)$/
        or die "FONDACO_SOCKET is not fd:N: start this worker through fondaco\n";
    open $socket, '+<&=', $fd or die "descriptor $fd is not open: $!\n";
    fcntl $socket, 2, 1;    # F_SETFD, FD_CLOEXEC
    return;
}

# frame returns id and message of the next frame that was read whole, or
# nothing.
sub frame {
    my $left = length($in) - $at;
    return if $left < 8;
    my ($length, $id) = unpack 'NN', substr $in, $at, 8;
    fail("a frame of $length bytes") if $length < 5 || $length > MAX_FRAME;
    return if $left < $length + 4;
    $at += $length + 4;
    return ($id, substr $in, $at - $length + 4, $length - 4);
}

# put queues a frame.
sub put {
    my ($id, $message) = @_;
    $out .= pack 'NNa*', 4 + length $message, $id, $message;
    flush() if length $out > FLUSH;
    return;
}

# reply queues the reply of a call, whose value is given in CBOR.
sub reply {
    $out .= pack 'NNna*', 6 + length $_[1], $_[0], 0x8203, $_[1];
    flush() if length $out > FLUSH;
    return;
}

# fill writes what is queued and waits for more to read, for at most the given
# seconds, or for ever, unless something was read while it wrote. It returns
# false when the time has passed, and ends the process when the socket has
# ended.
sub fill {
    my ($seconds) = @_;
    $fresh = 0;
    flush() if length $out;
    return 1 if $fresh;
    return 0 if defined $seconds && !ready(0, $seconds);
    more();
    return 1;
}

# flush writes all that is queued, and reads meanwhile when the host does not.
sub flush {
    CORE::exit(0) if $$ != $pid;
    while (length $out) {
        my $n = send $socket, $out, SEND_FLAGS;
        if (defined $n) { substr $out, 0, $n, '' }
        elsif ($! == EAGAIN) { more() if ready(1) }
        elsif ($! != EINTR) { CORE::exit(0) }
    }
    return;
}

# ready waits until the socket can be read, or written if that is asked for,
# and returns whether it can be read.
sub ready {
    my ($write, $seconds) = @_;
    my ($r, $w) = ('', '');
    vec($r, fileno $socket, 1) = 1 if length($in) - $at < QUEUE;
    vec($w, fileno $socket, 1) = 1 if $write;
    my $n = select $r, $w, undef, $seconds;
    return $n > 0 && length $r && vec $r, fileno $socket, 1;
}

# more reads a piece. New cancels are looked for in it, so that calls that
# still wait behind others are not begun.
sub more {
    if ($at == length $in) {
        undef $in if $at > 1 << 20;
        ($in, $at, $exotic) = ('', 0, 0);
    }
    elsif ($at > length($in) / 2) {
        $in = substr $in, $at;
        $at = 0;
    }
    my $before = length $in;
    my $n = sysread $socket, $in, PIECE, $before;
    if (!$n) {
        return if !defined $n && $! == EINTR;
        CORE::exit(0);
    }
    $fresh = 1;
    my $new = $before > 1 ? $before - 1 : 0;
    Fondaco::Server::drop(cancels()) if index($in, "\x81\x05", $new) >= 0;
    $exotic ||= index($in, ';', $new) >= 0 && substr($in, $new) =~ /;[\x80-\xff]/;
    return;
}

# cancels returns the ids of the calls that were read and not yet taken, and
# have a cancel behind them.
sub cancels {
    my ($pos, $end, @ids, %calls) = ($at, length $in);
    while ($end - $pos >= 8) {
        my ($length, $id) = unpack 'NN', substr $in, $pos, 8;
        last if $length + 4 > $end - $pos;
        my $start = substr $in, $pos + 8, 2;
        if ($start eq "\x84\x01" || $start eq "\x85\x01") { $calls{$id} = 1 }
        elsif ($calls{$id} && $start eq "\x81\x05") { push @ids, $id }
        $pos += $length + 4;
    }
    return @ids;
}

# fail ends the process when the host does not keep to the protocol.
sub fail {
    print STDERR "fondaco: the host sent $_[0]\n";
    CORE::exit(1);
}
