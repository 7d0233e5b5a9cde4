#!/bin/sh
# SPDX-License-Identifier: ISC
# symbols.sh MODULE SANITIZERS: shows stsgate alone, needs libc alone, stays
# loaded, and calls nothing that would disturb Exim.
set -eu
fail() {
	echo "$*"
	exit 1
}
shown=$(nm -D --defined-only "$1" | awk '{ print $3 }')
test "$shown" = stsgate || fail "shows: $shown"
readelf -d "$1" | grep -q 'FLAGS_1.*NOW.*NODELETE' || fail "not nodelete, now"
readelf -l "$1" | grep -q GNU_RELRO || fail "not relro"
bad=$(nm -D -u "$1" | awk '{ print $2 }' | sed 's/@.*//' | grep -xE \
    'signal|sig[a-z]+|alarm|setitimer|v?fork|exec[a-z]+|posix_spawn|system|popen|pthread_create|atexit|setenv|putenv|chdir|exit|abort|getenv|malloc' ||
    :)
test -n "$2" && exit 0
test -z "$bad" || fail "calls: $bad"
needed=$(readelf -d "$1" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p')
case $needed in
libc.so.*) ;;
*) fail "needs: $needed" ;;
esac
test "$(echo "$needed" | wc -w)" = 1 || fail "needs: $needed"
# Built on whatever Debian, it is loaded on 12 too, whose libc is 2.36.
newest=$(nm -D -u "$1" | sed -n 's/.*@GLIBC_\([0-9]\)/\1/p' |
    { cat; echo 2.36; } | sort -V | tail -n 1)
test "$newest" = 2.36 || fail "needs libc $newest"
