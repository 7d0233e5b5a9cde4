#!/bin/sh
# SPDX-License-Identifier: ISC
# symbols.sh LIBRARY: the client runs inside Exim, which has signals and
# processes of its own, and keeps no state.
set -eu
undefined=$(nm -u "$1" | awk '$1 == "U" { print $2 }' | sort -u)
test -n "$undefined"
echo "$undefined" | grep -qx connect
bad=$(echo "$undefined" | grep -E \
    '^(signal|sig[a-z]+|bsd_signal|alarm|ualarm|setitimer|timer_.*|v?fork|clone|exec.*|posix_spawn.*|system|popen|pthread_.*|atexit|setenv|putenv|chdir|exit|_exit|abort|usleep|sleep|malloc|calloc|realloc)$' ||
    :)
if [ -n "$bad" ]; then
	echo "the client calls:" $bad
	exit 1
fi
# Data that can be written: none but what sanitizers add.
state=$(nm "$1" | awk '$2 ~ /^[bBdDC]$/ { print $3 }' | grep -vE '^__(unnamed|[a-z]*san)' ||
    :)
if [ -n "$state" ]; then
	echo "the client keeps state:" $state
	exit 1
fi
