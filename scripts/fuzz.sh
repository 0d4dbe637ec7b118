#!/bin/sh
# Runs every fuzz target of the repository for the given time (default 60s).
set -eu
time=${1:-60s}
go list ./... | while read -r package; do
	go test -list '^Fuzz' "$package" | grep '^Fuzz' | while read -r target; do
		echo "$package $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package" </dev/null
	done
done
