# The answering of calls, and the waiting for what the plugin asked for. One
# call runs at a time; while it waits, others are served on top of it.
package Fondaco::Server;

use strict;
use warnings;
no warnings qw(recursion uninitialized);

use constant { CALL => 1, REPLY => 3, ERROR => 4, CANCEL => 5, BYE => 6, CHUNK => 7, FINISH => 8, CREDIT => 9 };
use constant MAX_VALUE => Fondaco::Wire::MAX_FRAME - 6;

our %functions;     # name => code
our %predicates;    # name => code of NAME_pred
our $ready;         # hello was sent
our $current;       # id of the call that runs, or undef
our %streams;       # id => state of a call that streams, see Fondaco::Stream

my $bye;            # no more calls will come
my @waiting;        # ids of the calls that wait, outermost first
my %cancelled;      # ids of calls that nobody waits for any more
my %pending;        # id of the plugin's own call => its answer, or undef
my $next_id = 0;

my ($encode, $decode) = (\&Fondaco::CBOR::encode, \&Fondaco::CBOR::decode);

# use_codec sets the functions that encode and decode.
sub use_codec { ($encode, $decode) = @_; return }

# run serves until the host says bye.
sub run {
    until ($bye) {
        serve_one();
        burst() if $Fondaco::CBOR::Fast::decoder;
        while (my ($id, $message) = Fondaco::Wire::frame()) { message($id, $message) }
    }
    Fondaco::Wire::flush();
    return;
}

# burst answers the plain calls that were read, up to the first message of any
# other kind. It does what message, call, invoke and returned do, in one
# function and without their questions, at half the cost.
sub burst {
    my ($done, $length, $id, $m, $code, $result, $bytes);
    until (%cancelled || $bye) {
        my $left = length($Fondaco::Wire::in) - $Fondaco::Wire::at - 4;
        last if $left < 4;
        ($length, $id) = unpack 'NN', substr $Fondaco::Wire::in, $Fondaco::Wire::at, 8;
        last if $left < $length || $length < 5 || $length > Fondaco::Wire::MAX_FRAME;
        last if $Fondaco::Wire::exotic && substr($Fondaco::Wire::in, $Fondaco::Wire::at + 8, $length - 4) =~ /;[\x80-\xff]/;
        undef $code;
        $done = eval {
            $m = CBOR::XS::decode($Fondaco::CBOR::Fast::decoder, substr $Fondaco::Wire::in, $Fondaco::Wire::at + 8, $length - 4);
            return 0 if @$m != 4 || $m->[0] ne '1' || ref $m->[3] ne 'ARRAY';
            $code = $functions{ $m->[2] } or return 0;
            $current = $id;
            $Fondaco::Wire::at += $length + 4;
            $result = $code->(@{ $m->[3] });
            $result = Fondaco::Stream::iterate($result) if ref $result eq 'Fondaco::Iterator';
            1;
        };
        last if !$code;
        if ($done) {
            $bytes = eval { CBOR::XS::encode($Fondaco::CBOR::Fast::encoder, $result) };
            if (!defined $bytes || length $bytes > MAX_VALUE || $bytes =~ tr/\xc2\xc3\xd8\xd9\xed\xf4-\xff`// || index($bytes, 'a1') >= 0) {
                returned($id, $m->[2], $result);
            }
            else { Fondaco::Wire::reply($id, $bytes) }
        }
        else { raised($id, $@, $m->[2]) }
        undef $current;
        delete $cancelled{$id} if %cancelled;
    }
    return;
}

# serve_one handles one message, and waits for it at most the given seconds. It
# returns false when they have passed.
sub serve_one {
    my ($seconds) = @_;
    if (my ($id, $message) = Fondaco::Wire::frame()) { message($id, $message); return 1 }
    return Fondaco::Wire::fill($seconds);
}

sub message {
    my ($id, $bytes) = @_;
    my $m = eval { $decode->($bytes) };
    my $kind = ref $m eq 'ARRAY' ? $m->[0] : undef;
    return unreadable($id, $@) if !defined $kind || ref $kind || $kind !~ /^[0-9]+\z/;
    return call($id, $m) if $kind == CALL;
    if ($kind == REPLY) { return answer($id, @$m > 1 ? $m : [ERROR, 'protocol', '', 'a reply without a value']) }
    if ($kind == ERROR) { return answer($id, $m) }
    if ($kind == CANCEL) { return cancel($id) }
    if ($kind == BYE)    { $bye = 1; return }
    my $stream = $streams{$id} or return;
    if    ($kind == CHUNK)  { push @{ $stream->{chunks} }, $m->[1] }
    elsif ($kind == FINISH)    { $stream->{ended} = 1 }
    elsif ($kind == CREDIT) { $stream->{room} += $m->[1] }
    return;
}

# call answers a call, whatever happens.
sub call {
    my ($id, $m) = @_;
    my (undef, undef, $name, $args, $options) = @$m;
    if (!defined $name || ref $name || !utf8::is_utf8($name) || ref $args ne 'ARRAY' || defined $options && ref $options ne 'HASH') {
        return unreadable($id, 'a call is [1, module, function, [arguments...], {options}]');
    }
    if (%cancelled && delete $cancelled{$id}) {
        return failed($id, 'user', 'Canceled', 'nobody waits for this call any more');
    }
    my $code = $functions{$name};
    return failed($id, 'no_function', '', "$ENV{FONDACO_MODULE} has no function $name") if !$code;
    my $outer = $current;
    $current = $id;
    $streams{$id} = Fondaco::Stream::state($options) if $options && ($options->{in} || $options->{out});
    my $result;
    if (eval { $result = invoke($code, $args, $options, $name); 1 }) {
        returned($id, $name, $result);
    }
    else {
        raised($id, $@, $name);
    }
    delete $streams{$id}   if %streams;
    delete $cancelled{$id} if %cancelled;
    $current = $outer;
    return;
}

# invoke runs the predicate, if asked to, and the function. Backtraces end at
# it.
sub invoke {
    my ($code, $args, $options, $name) = @_;
    if ($options) {
        my $predicate = $options->{guard} && $predicates{$name};
        die bless [], 'Fondaco::Refused' if $predicate && !$predicate->(@$args);
    }
    my $result = $code->(@$args);
    return ref $result eq 'Fondaco::Iterator' ? Fondaco::Stream::iterate($result) : $result;
}

sub returned {
    my ($id, $name, $result) = @_;
    my $bytes = eval { $encode->($result) };
    $bytes = eval { Fondaco::CBOR::encode($result) } if !defined $bytes;
    if (!defined $bytes) {
        chomp(my $why = $@);
        return failed($id, 'user', 'UnencodableValue', "the result of $name cannot be sent: $why");
    }
    if (length $bytes > MAX_VALUE) {
        return failed($id, 'user', 'UnencodableValue', "the result of $name is longer than a message may be: stream it");
    }
    return Fondaco::Wire::reply($id, $bytes);
}

sub raised {
    my ($id, $error, $name) = @_;
    if (ref $error eq 'Fondaco::Refused') {
        return failed($id, 'no_function', '', "${name}_pred refused these arguments");
    }
    return failed($id, 'user', Fondaco::Trace::explain($error));
}

sub unreadable {
    my ($id, $why) = @_;
    return answer($id, [ERROR, 'protocol', '', "an answer that cannot be read: $why"]) if $id & 0x80000000;
    delete $cancelled{$id} if %cancelled;
    return failed($id, 'protocol', '', "the message cannot be read: $why");
}

# failed answers a call with an error.
sub failed {
    my ($id, $kind, $class, $message, @backtrace) = @_;
    my @texts = map { Fondaco::CBOR::plain($_) } $kind, $class, $message, @backtrace;
    my $head  = join '', "\x85\x04", @texts[0 .. 2], Fondaco::CBOR::head(4, scalar @backtrace);
    return Fondaco::Wire::put($id, join '', $head, @texts[3 .. $#texts]);
}

# drop notes calls in the queue that are not to be begun.
sub drop { @cancelled{@_} = (1) x @_; return }

# cancel ends the wait of a call. One that was answered already is not there.
sub cancel {
    my ($id) = @_;
    $cancelled{$id} = 1 if grep { defined && $_ == $id } @waiting;
    return;
}

sub answer {
    my ($id, $message) = @_;
    $pending{$id} = $message if exists $pending{$id};
    return;
}

# request sends a call or cast of the plugin and returns its id.
sub request {
    my ($kind, $module, $function, @args) = @_;
    if (!$ready) {
        my $why = 'a plugin can call only when it is loaded and start() has returned';
        die Fondaco::Error->new(kind => 'user', class_name => 'NotReady', message => $why);
    }
    my $parent = defined $current ? "\xa1\x66parent" . Fondaco::CBOR::head(0, $current) : '';
    my $head   = ($parent ? "\x85" : "\x84") . chr($kind) . Fondaco::CBOR::plain($module) . Fondaco::CBOR::plain($function);
    my $id     = 0x80000000 | ($next_id = $next_id + 1 & 0x7fffffff);
    Fondaco::Wire::put($id, $head . $encode->(\@args) . $parent);
    return $id;
}

# ask sends a call of the plugin and returns its answer, a reply or an error.
sub ask {
    my $id = request(CALL, @_);
    $pending{$id} = undef;
    my $ok = eval { wait_until(sub { defined $pending{$id} }); 1 };
    my $answer = delete $pending{$id};
    die $@ if !$ok;
    return $answer;
}

# wait_until serves what comes until done returns true, or the given seconds
# have passed. It dies when the call that runs is cancelled.
sub wait_until {
    my ($done, $seconds) = @_;
    my $me  = $current;
    my $end = defined $seconds ? Fondaco::now() + $seconds : undef;
    push @waiting, $me;
    while (!$done->()) {
        last if defined $me && $cancelled{$me};
        my $left = defined $end ? $end - Fondaco::now() : undef;
        last if defined $left && $left <= 0;
        serve_one($left);
    }
    pop @waiting;
    return if !defined $me || !$cancelled{$me};
    die Fondaco::Error->new(kind => 'canceled', message => 'nobody waits for this call any more');
}

# stream returns the state of the streams of the call that runs, if it has any.
sub stream { return defined $current ? $streams{$current} : undef }
