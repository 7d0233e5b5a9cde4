#!/bin/sh
# SPDX-License-Identifier: ISC
# installed.sh SOURCE BUILD CMAKE CONFD MANDIR: of exim-dlfunc all that Exim reads is
# installed, where the README and the macros say.
set -eu
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
DESTDIR=$tree "$3" -DCMAKE_INSTALL_PREFIX=/usr -P "$2/cmake_install.cmake" \
    >"$tree/log"
rm "$tree/log"
case $4 in
/*) confd=$4 ;;
*) confd=/usr/$4 ;;
esac
{
	echo /usr/lib/stsgate/stsgate.so
	case $5 in
	/*) echo "$5/man7/exim-stsgate.7" ;;
	*) echo "/usr/$5/man7/exim-stsgate.7" ;;
	esac
	cd "$1"
	for file in *.conf *.acl; do
		echo "/usr/share/stsgate/exim/$file"
	done
	find debian -mindepth 2 -type f | sed "s,^debian,$confd,"
} | sort >"$tree/wanted"
(cd "$tree" && find usr etc -type f 2>/dev/null || :) | sed 's,^,/,' |
    sort >"$tree/there"
diff "$tree/wanted" "$tree/there"
for file in $(grep -rhoE '/usr/(lib|share)/stsgate/[a-z./-]+' "$1"/*.conf \
    "$1/debian" | sort -u); do
	test -e "$tree$file" || {
		echo "named, not installed: $file"
		exit 1
	}
done
