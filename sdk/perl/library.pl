package Fondaco;

=head1 NAME

Fondaco - what a plugin may ask of the server it runs in

=head1 SYNOPSIS

    use Fondaco;

    sub total { my $n = 0; while (defined(my $c = Fondaco::input())) { $n += length $c } return $n }
    sub twice { my ($x) = @_; return 2 * Fondaco::call('math', 'add', $x, 0) }

=head1 DESCRIPTION

Every function is called by its full name, or imported by C<use Fondaco qw(call cast)>.
Functions of the plugin are called in scalar context: return a reference for more than one value.

A string of characters (one that Perl marks as UTF-8) is sent as text. A string of bytes is sent as
text when it is valid UTF-8, else as bytes. Text arrives as characters, bytes as bytes. What is a number stays
a number, C<"12"> stays text, and a floating-point number that is one of 0 to 2**32-1 leaves as an int. Keys of hashes are text,
whatever they were: 1 arrives as C<"1">, a symbol as its name. undef is nil; booleans arrive as JSON::PP::true and false, and Perl's own (5.36 and later) are sent as booleans too.

=cut

use strict;
use warnings;

our $VERSION = '1.00';

$INC{'Fondaco.pm'} = 'fondaco/library.pl';

my %EXPORT = map { $_ => 1 } qw(call cast config input output);

# import gives the caller the functions it names.
sub import {
    my ($class, @names) = @_;
    my $package = caller;
    for my $name (@names) {
        die "Fondaco exports no function $name; call Fondaco::$name\n" if !$EXPORT{$name};
        no strict 'refs';
        *{"${package}::$name"} = \&{"Fondaco::$name"};
    }
    return;
}

=head1 FUNCTIONS

=head2 call($module, $function, @arguments)

Calls a function of another module and returns its result. It dies with a Fondaco::Error (methods C<kind>, C<class_name>,
C<message>, C<backtrace>) when the call fails. While it waits, other calls may be served, and the call that waits may be
cancelled: then it dies with the kind C<canceled>.

=cut

sub call {
    my ($module, $function, @args) = @_;
    my $answer = Fondaco::Server::ask($module, $function, @args);
    return $answer->[1] if $answer->[0] == Fondaco::Server::REPLY;
    my (undef, $kind, $class, $message, $backtrace) = @$answer;
    die Fondaco::Error->new(
        kind => $kind // 'protocol', class_name => $class // '', message => $message // '',
        backtrace => ref $backtrace eq 'ARRAY' ? $backtrace : [],
    );
}

=head2 cast($module, $function, @arguments)

Has a function called without waiting for it; what becomes of it is not known.

=cut

sub cast {
    Fondaco::Server::request(2, @_);
    Fondaco::Wire::flush();
    return;
}

=head2 log($level, $text)

Writes to the server's log. The level is debug, info, warn or error.

=cut

sub log {
    my ($level, $text) = @_;
    return cast('fondaco', 'log', $level, $text) if $Fondaco::Server::ready;
    print STDERR "$level: $text\n";
    return;
}

=head2 sleep($seconds)

Waits, with fractions of a second, while other calls are served.

=cut

sub sleep {
    my ($seconds) = @_;
    if ($Fondaco::Server::ready) { Fondaco::Server::wait_until(sub { 0 }, $seconds) }
    else                         { select undef, undef, undef, $seconds }
    return;
}

=head2 config()

The plugin's C<config:>, a reference to a hash; an empty one when there is none.

=cut

my $config;

sub config {
    return $config if $config;
    my $json = $ENV{FONDACO_CONFIG} // '';
    return $config = {} if $json eq '';
    require JSON::PP;
    return $config = JSON::PP->new->utf8->allow_nonref->decode($json);
}

=head2 input()

The next chunk of what the caller streams in, or undef at its end; in list context all that is left.

=cut

sub input {
    return Fondaco::Stream::take() if !wantarray;
    my @chunks;
    while (defined(my $chunk = Fondaco::Stream::take())) { push @chunks, $chunk }
    return @chunks;
}

=head2 output($chunk)

Sends a chunk to the caller, and waits while it has no room. It dies when the caller takes no stream. A function may also return
C<< Fondaco::Iterator->new(sub { ... }) >>, whose function returns one chunk at a time and undef at the end; a caller that takes no stream gets a list.

=cut

sub output { return Fondaco::Stream::give($_[0]) }

# now returns the seconds of a clock, with fractions.
sub now {
    require Time::HiRes;
    no warnings 'redefine';
    *now = \&Time::HiRes::time;
    return Time::HiRes::time();
}
