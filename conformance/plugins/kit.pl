# The conformance plugin: what conformance/workertest calls in every language.
use strict;
use warnings;
use feature 'signatures';
no warnings 'experimental::signatures';

use B ();
use Fondaco;
use Math::BigInt;
use POSIX ();

my $started = 0;

sub start { $started = 1; return }
sub stop  { print "kit stopped\n"; return }

sub started { return $started == 1 }

sub echo ($x) { return $x }

sub add ($a, $b) { return $a + $b }

sub fail ($message) { die "$message\n" }

sub fib ($n) { return $n < 2 ? $n : fib($n - 1) + fib($n - 2) }
sub fib_pred ($n) { return $n < 20 }

sub _private () { return 'nobody may call this' }

sub noisy () {
    print "hello from stdout\n";
    print STDERR "hello from stderr\n";
    return 1;
}

sub config ($key) { return Fondaco::config()->{$key} }

sub relay ($module, $function, $arg) { return Fondaco::call($module, $function, $arg) }

sub tell ($module, $function, $arg) { Fondaco::cast($module, $function, $arg); return undef }

sub note ($text) { Fondaco::log('info', $text); return undef }

sub nap ($seconds) { Fondaco::sleep($seconds); return 'ok' }

sub total () {
    my $sum = 0;
    while (defined(my $chunk = Fondaco::input())) { $sum += length $chunk }
    return $sum;
}

sub count ($n) {
    Fondaco::output("chunk $_") for 0 .. $n - 1;
    return $n;
}

sub each ($n) {
    my $i = 0;
    return Fondaco::Iterator->new(sub { return $i < $n ? 'chunk ' . $i++ : undef });
}

sub bad () { return \&bad }

sub pid () { return $$ }

sub die_hard () { POSIX::_exit(7) }

sub leave () { exit }

my %KIND = (
    'JSON::PP::Boolean' => 'bool', 'Math::BigInt' => 'int', 'Fondaco::Symbol' => 'symbol', 'ARRAY' => 'list',
    'Fondaco::Tuple' => 'tuple', 'HASH' => 'map', 'Fondaco::Time' => 'time', 'Fondaco::Regex' => 'regex',
);

sub types ($x) {
    return 'nil' if !defined $x;
    return $KIND{ ref $x } // ref $x if ref $x;
    my $flags = B::svref_2object(\$x)->FLAGS;
    return utf8::is_utf8($x) ? 'text' : 'bytes' if $flags & B::SVf_POK;
    return $flags & B::SVf_IOK ? 'int' : 'float';
}

sub make ($kind) {
    my %sample = (
        nil => undef, bool => $started == 1, int => 42, big => Math::BigInt->new(2)**80, float => 1.5,
        text => 'text', bytes => "\xff\x00", symbol => Fondaco::Symbol->new('ok'), list => [1, [2]],
        tuple => Fondaco::Tuple->new(1, 'a'), map => { a => 1 }, time => Fondaco::Time->new(1_000_000_000),
        regex => qr/a+b/i,
    );
    return $sample{$kind};
}
