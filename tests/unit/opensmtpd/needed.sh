#!/bin/sh
# SPDX-License-Identifier: ISC
# needed.sh PROGRAM SANITIZERS: it needs libc alone, that of Debian 12 too.
set -eu
test -z "$2" || exit 0
needed=$(readelf -d "$1" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p')
newest=$(nm -D -u "$1" | sed -n 's/.*@GLIBC_\([0-9]\)/\1/p' |
    { cat; echo 2.36; } | sort -V | tail -n 1)
if [ "$needed" != libc.so.6 ] || [ "$newest" != 2.36 ]; then
	echo "needs: $needed $newest"
	exit 1
fi
