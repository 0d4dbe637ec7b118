# History of a git repository: the folder the worker runs in.
use strict;
use warnings;

# Runs git without a shell and returns what it printed; dies with what it
# complained of.
sub _git {
    my @command = ('git', '--no-pager', @_);
    my $pid = open(my $out, '-|') // die "cannot run git: $!\n";
    if (!$pid) {
        open(STDERR, '>&', \*STDOUT);
        exec(@command) or print "cannot run git: $!" and exit 127;
    }
    binmode($out, ':encoding(UTF-8)');
    my $text = do { local $/; <$out> } // '';
    close($out) or die "git $_[0]: $text\n";
    return $text;
}

# A revision or a path that cannot be taken for an option.
sub _plain {
    my ($what, $word) = @_;
    die "$what must be a plain name, not '$word'\n" if $word =~ /^-/ || $word =~ /[\0\n]/;
    return $word;
}

# commits(count, path): the newest commits, of one file if a path is given.
sub commits {
    my ($count, $path) = @_;
    my @args = ('log', '-n', int($count // 10), '--format=%H%x1f%an%x1f%at%x1f%s');
    push @args, '--', _plain('the path', $path) if defined $path;
    my @commits;
    for my $line (split /\n/, _git(@args)) {
        my ($id, $author, $time, $subject) = split /\x1f/, $line, 4;
        push @commits, { id => $id, author => $author, time => $time + 0, subject => $subject };
    }
    return \@commits;
}

# diff(revision): what a commit changed, as a unified diff.
sub diff {
    my ($revision) = @_;
    return _git('show', '--format=', '--unified=3', _plain('the revision', $revision // 'HEAD'));
}

# read(path, revision): a file as it was.
sub read {
    my ($path, $revision) = @_;
    return _git('show', _plain('the revision', $revision // 'HEAD') . ':' . _plain('the path', $path));
}

1;
