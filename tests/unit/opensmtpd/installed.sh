#!/bin/sh
# SPDX-License-Identifier: ISC
# installed.sh BUILD CMAKE LIBEXECDIR MANDIR: under a prefix that is told at
# the installation, smtpd finds both programs, and man(1) their pages.
set -eu
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
DESTDIR=$tree/root "$2" -DCMAKE_INSTALL_PREFIX=/usr \
    -P "$1/cmake_install.cmake" >"$tree/log"
for file in "$3/filter-stsgate" "$3/table-stsgate" \
    "$4/man5/table-stsgate.5" "$4/man8/filter-stsgate.8"; do
	case $file in
	/*) echo "$file" ;;
	*) echo "/usr/$file" ;;
	esac
done | sort >"$tree/wanted"
(cd "$tree/root" && find . -type f) | sed 's,^\.,,' | sort >"$tree/there"
diff "$tree/wanted" "$tree/there"
