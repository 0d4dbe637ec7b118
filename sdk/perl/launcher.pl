# The launcher: it loads the plugin, says hello, serves, and stops it.
package Fondaco::Loader;

use strict;
use warnings;

# HOOKS are not callable, whatever file defines them.
my %HOOKS = map { $_ => 1 } qw(start stop init handle_open handle_msg handle_broken authenticate
    handle_request on_request on_response on_data import);

# Within a call, exit ends the call; elsewhere, and in children, the process.
BEGIN {
    my $pid = $$;
    no warnings 'once';
    *CORE::GLOBAL::exit = sub (;$) {
        my $status = @_ ? $_[0] : 0;
        CORE::exit($status) if $$ != $pid || !defined $Fondaco::Server::current;
        die bless \$status, 'Fondaco::Exit';
    };
}

# reopen opens what an inherited descriptor refers to and closes the
# descriptor, so that the plugin's own children do not get it.
sub reopen {
    my ($fd) = @_;
    open my $inherited, '<&=', $fd or die "descriptor $fd is not open: $!\n";
    return $inherited if !-e "/proc/self/fd/$fd";
    open my $again, '<', "/proc/self/fd/$fd" or die "descriptor $fd: $!\n";
    return $again;
}

# text returns the plugin's source.
sub text {
    my ($file) = @_;
    my $handle;
    if (($ENV{FONDACO_CODE} // '') =~ /^fd:(\d+)$/) { $handle = reopen($1); sysseek $handle, 0, 0 }
    else { open $handle, '<', $file or die "$file: $!\n" }
    local $/;
    return scalar readline $handle;
}

# load compiles the plugin in a package of its own, and returns the package
# that its functions are in: the first one the file declares, if it does.
sub load {
    my ($file) = @_;
    my $text = text($file);
    (my $name = $file) =~ tr/"\r\n//d;
    if ($text =~ /^__(?:END|DATA)__\r?\n(.*)/ms) {
        my $data = $1;
        no strict 'refs';
        open *{'Fondaco::Plugin::DATA'}, '<', \$data or die "$file: $!\n";
    }
    compile("package Fondaco::Plugin;\n#line 1 \"$name\"\n$text\n");
    die $@ if $@ ne '';
    my ($package) = $text =~ /\A(?:\s*(?:#[^\n]*\n|use\b[^;\n]*;))*\s*package\s+([\w:]+)\s*;/;
    return ($package // 'Fondaco::Plugin', $name);
}

# defined_in returns the functions of a package that stand in the given file.
sub defined_in {
    my ($package, $file) = @_;
    my %code;
    no strict 'refs';
    for my $name (grep { /^[A-Za-z]\w*\z/ } keys %{"${package}::"}) {
        my $code = defined &{"${package}::$name"} ? \&{"${package}::$name"} : next;
        $code{$name} = $code if B::svref_2object($code)->FILE eq $file;
    }
    return %code;
}

# publish fills the tables of the server and returns the hooks.
sub publish {
    my (%code) = @_;
    my %hooks = map { $_ => delete $code{$_} } grep { $HOOKS{$_} } keys %code;
    for my $name (grep { /_pred\z/ } keys %code) {
        my $of = substr $name, 0, -5;
        $Fondaco::Server::predicates{$of} = delete $code{$name} if $code{$of};
    }
    %Fondaco::Server::functions = %code;
    return %hooks;
}

sub hello {
    my %hello = (
        version => 1, language => sprintf('perl %vd', $^V), concurrency => 1,
        functions => [sort keys %Fondaco::Server::functions], guards => [sort keys %Fondaco::Server::predicates],
    );
    return Fondaco::Wire::put(0, "\x82\x00" . Fondaco::CBOR::encode(\%hello));
}

sub main {
    my (undef, $file) = splice @ARGV;
    $| = 1;
    $SIG{INT}  = 'IGNORE';
    $SIG{PIPE} = sub { };
    Fondaco::Wire::attach();
    Fondaco::Server::use_codec(\&Fondaco::CBOR::Fast::encode, \&Fondaco::CBOR::Fast::decode) if Fondaco::CBOR::Fast::load();
    reopen($1) if $0 =~ m{^/(?:proc/self|dev)/fd/(\d+)\z};
    push @INC, $file =~ m{^(.*)/} ? $1 : '.';
    my $first = delete $ENV{FONDACO_INIT};
    my %hooks = eval {
        my %found = publish(defined_in(load($file)));
        $found{init}->()  if $found{init} && $first;
        $found{start}->() if $found{start};
        %found;
    };
    if ($@ ne '') { print STDERR $@; CORE::exit(1) }
    Fondaco::Trace::watch();
    hello();
    $Fondaco::Server::ready = 1;
    Fondaco::Server::run();
    eval { $hooks{stop}->() if $hooks{stop}; 1 } or print STDERR $@;
    CORE::exit(0);
}

main();
