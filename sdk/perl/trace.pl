# What a caller is told about an exception: class, message, backtrace.
package Fondaco::Trace;

use strict;
use warnings;

use constant MAX_FRAMES => 50;

# The last exception, and the frames it was raised in.
my ($last, @frames);

# watch makes every die note where it happens.
sub watch { $SIG{__DIE__} = \&note; return }

sub note {
    return if !defined $^S || !defined $Fondaco::Server::current;
    ($last, @frames) = ($_[0]);
    for (my $i = 0; @frames < MAX_FRAMES; $i++) {
        my (undef, $file, $line) = caller $i or last;
        my $function = outer($i + 1);
        push @frames, place($file, $line, $function) if $file !~ m{^fondaco/};
        last if $function eq 'Fondaco::Server::invoke' || $function eq 'Fondaco::Server::burst';
    }
    return;
}

# outer returns the name of the function that runs at the given level, whatever
# evals are in it.
sub outer {
    my ($i) = @_;
    while (my @frame = caller $i + 1) {
        return $frame[3] if $frame[3] ne '(eval)';
        $i++;
    }
    return '';
}

sub place {
    my ($file, $line, $function) = @_;
    $function =~ s/^Fondaco::Plugin:://;
    return $function eq '' ? "$file:$line" : "$file:$line:in $function";
}

# explain returns class, message and backtrace of an exception. The place that
# Perl writes at the end of a message is in the backtrace only.
sub explain {
    my ($error) = @_;
    my @trace = defined $last && same($error, $last) ? @frames : ();
    ($last, @frames) = ();
    if (ref $error eq 'Fondaco::Error') {
        return ($error->wire_class, $error->message, @{ $error->backtrace }, @trace);
    }
    return ('SystemExit', "exit($$error)", @trace) if ref $error eq 'Fondaco::Exit';
    my $message = text($error);
    if ($message =~ s/ at (\S.*?) line (\d+)(?:, <[^<>]*> (?:line|chunk) \d+)?\.?\n?\z//s && !@trace) {
        @trace = ("$1:$2") if $1 !~ m{^fondaco/};
    }
    $message =~ s/\n\z//;
    return (ref $error || 'die', $message, @trace);
}

sub same {
    my ($a, $b) = @_;
    return !(ref $a xor ref $b) && overload::StrVal($a) eq overload::StrVal($b);
}

# text returns the message of an exception of any kind.
sub text {
    my ($error) = @_;
    my $text = eval {
        local $SIG{__DIE__};
        ref $error && UNIVERSAL::can($error, 'message') ? $error->message
            : ref $error eq 'HASH' && defined $error->{message} ? $error->{message} : "$error";
    };
    return $text // 'an exception whose text cannot be read';
}
