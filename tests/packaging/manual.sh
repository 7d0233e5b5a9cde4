#!/bin/sh
# SPDX-License-Identifier: ISC
# manual.sh SOURCE BUILD CMAKE: every manual page that there is is installed,
# in its section, and so are the completions.
set -eu
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
for component in daemon exim opensmtpd; do
	"$3" --install "$2" --prefix "$tree/usr" --component $component \
	    >"$tree/log"
done
for page in "$1"/*/*.[1-9] "$1"/*/*/*.[1-9]; do
	[ ! -f "$page" ] ||
	    echo "man/man${page##*.}/${page##*/}"
done | sort >"$tree/wanted"
printf '%s\n' bash-completion/completions/stsgate \
    zsh/site-functions/_stsgate >>"$tree/wanted"
(cd "$tree/usr/share" && find man -type f | sort
    find bash-completion zsh -type f | sort) >"$tree/there"
diff "$tree/wanted" "$tree/there"
echo "$(wc -l <"$tree/there") files"
