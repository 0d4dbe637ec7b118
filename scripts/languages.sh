#!/bin/sh
# Installs the languages that the tests need where that is possible (root, with
# apt-get), and says in one line what stays missing: those tests are skipped,
# or fail when CI=true.
set -u

# PROBE PACKAGE: the package is wanted when the command fails.
wanted() {
	while read -r package probe; do
		sh -c "$probe" >/dev/null 2>&1 || echo "$package"
	done <<-'LIST'
		git git --version
		curl curl --version
		perl perl -e 1
		libcbor-xs-perl perl -MCBOR::XS -e 1
		python3 python3 -c 1
		python3-cbor2 /usr/bin/python3 -c "import cbor2"
		ruby ruby -e 1
		ruby-cbor ruby -rcbor -e 1
		nodejs node -e 1
		fish fish --version
	LIST
}

missing=$(wanted | tr '\n' ' ')
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	echo "installing $missing"
	export DEBIAN_FRONTEND=noninteractive
	{ apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1 ||
		echo "apt-get could not install all of: $missing"
	missing=$(wanted | tr '\n' ' ')
fi
[ -z "$missing" ] || echo "not installed, so their tests are skipped: $missing(with CI=true they fail)"
exit 0
