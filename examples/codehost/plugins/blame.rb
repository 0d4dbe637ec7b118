# Who wrote which line of a file, from git.
require 'open3'

def _git(*args)
  out, err, status = Open3.capture3('git', '--no-pager', *args)
  raise ArgumentError, "git #{args.first}: #{err.strip}" unless status.success?
  out.force_encoding('UTF-8').scrub
end

# lines(path, revision): one map per line: number, commit, author, text.
def lines(path, revision = 'HEAD')
  _plain(path)
  _plain(revision)
  current = {}
  authors = {}
  _git('blame', '--line-porcelain', revision, '--', path).each_line(chomp: true).filter_map do |line|
    case line
    when /\A(\h{40,64}) \d+ (\d+)/ then current = { 'commit' => $1, 'number' => $2.to_i } and nil
    when /\Aauthor (.*)/ then authors[current['commit']] = $1 and nil
    when /\A\t(.*)/m then current.merge('author' => authors[current['commit']], 'text' => $1)
    end
  end
end

# authors(path, revision): how many lines of the file each author wrote.
def authors(path, revision = 'HEAD')
  lines(path, revision).map { |line| line['author'] }.tally
end

def _plain(word)
  raise ArgumentError, "#{word.inspect} is no plain name" if word.start_with?('-') || word.match?(/[\0\n]/)
end
