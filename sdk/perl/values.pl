# The values that Perl has no type of its own for. All of them are immutable.
use strict;
use warnings;

package Fondaco::Symbol;

# A name: an atom in Erlang, a symbol in Ruby. It compares and prints as its
# name.
use overload '""' => sub { ${ $_[0] } }, fallback => 1;

sub new  { my ($class, $name) = @_; bless \$name, $class }
sub name { ${ $_[0] } }

package Fondaco::Tuple;

# A list of fixed length: a reference to an array, used as one.
sub new { my $class = shift; bless [@_], $class }

package Fondaco::Time;

# A point in time with microseconds. As a number it is the seconds since 1970,
# as text RFC 3339 in UTC.
use overload '0+' => \&epoch, '""' => \&text, '<=>' => \&_compare, fallback => 1;

sub new { my ($class, $seconds) = @_; $class->from_micros(int($seconds * 1e6 + ($seconds < 0 ? -0.5 : 0.5))) }
sub from_micros { my ($class, $micros) = @_; bless \$micros, $class }
sub micros { ${ $_[0] } }
sub epoch  { ${ $_[0] } / 1e6 }

sub text {
    my ($s, $us) = (_floor(${ $_[0] }), ${ $_[0] } % 1_000_000);
    my @t = gmtime $s;
    my $text = sprintf '%04d-%02d-%02dT%02d:%02d:%02d', $t[5] + 1900, $t[4] + 1, @t[3, 2, 1, 0];
    return $text . ($us ? sprintf('.%06dZ', $us) : 'Z');
}

# _floor returns the whole seconds in a number of microseconds, rounded down.
sub _floor { my $us = shift; use integer; return ($us - ($us % 1_000_000 + 1_000_000) % 1_000_000) / 1_000_000 }

sub _compare {
    my ($a, $b, $swapped) = @_;
    my $order = $a->epoch <=> (ref $b ? $b->epoch : $b);
    return $swapped ? -$order : $order;
}

package Fondaco::Regex;

# A regular expression as it came: its source and options. It is compiled when
# it is first matched: $text =~ $regex. Results may be qr// as well.
use overload 'qr' => \&qr, '""' => sub { $_[0]{source} }, fallback => 1;

# new takes the source and a hash of the options caseless, extended, multiline
# and dotall.
sub new { my ($class, $source, %options) = @_; bless { source => $source, options => \%options }, $class }
sub source  { $_[0]{source} }
sub options { grep { $_[0]{options}{$_} } qw(caseless extended multiline dotall) }

# qr returns the compiled form; it dies when Perl cannot compile the source.
sub qr {
    my ($self) = @_;
    my %letter = (caseless => 'i', extended => 'x', multiline => 'm', dotall => 's');
    my $flags  = join '', map { $letter{$_} } $self->options;
    return $self->{qr} //= qr/(?$flags:$self->{source})/;
}

# of returns the Regex for a qr// object.
sub of {
    my ($class, $qr) = @_;
    my ($source, $flags) = re::regexp_pattern($qr);
    my %word = (i => 'caseless', x => 'extended', m => 'multiline', s => 'dotall');
    return $class->new($source, map { $word{$_} ? ($word{$_} => 1) : () } split //, $flags);
}

package Fondaco::Channel;

# A client's connection, known by its id.
sub new { my ($class, $id) = @_; bless \$id, $class }
sub id  { ${ $_[0] } }

package Fondaco::Iterator;

# A stream as the result of a function. The given function returns the next
# element at each call, and undef after the last one.
sub new  { my ($class, $next) = @_; bless $next, $class }
sub next { $_[0]->() }

package Fondaco::Error;

# What a failed call to another module dies with. kind is a word of
# docs/protocol.md, class_name the class of the exception there.
use overload '""' => \&text, 'bool' => sub { 1 }, fallback => 1;

sub new { my ($class, %fields) = @_; bless { backtrace => [], class_name => '', %fields }, $class }
sub kind       { $_[0]{kind} }
sub class_name { $_[0]{class_name} }
sub message    { $_[0]{message} }
sub backtrace  { $_[0]{backtrace} }

sub text {
    my ($self) = @_;
    return join ': ', grep { length } $self->{kind}, $self->{class_name}, $self->{message};
}

# wire_class returns the class under which the error goes on to the caller when
# the plugin does not handle it.
sub wire_class {
    my ($self) = @_;
    return $self->{class_name} if $self->{kind} eq 'user';
    return join '', map { ucfirst } split /_/, $self->{kind};
}
