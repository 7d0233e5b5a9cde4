#!/bin/sh
# SPDX-License-Identifier: ISC
# units.sh SOURCE BUILD CMAKE: what is installed for systemd is sound, shuts
# the service in as far as 1.2, and says the same as the configuration.
set -eu
export LC_ALL=C.UTF-8 SYSTEMD_COLORS=0
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
fail() {
	echo "$*"
	exit 1
}

"$3" --install "$2" --prefix "$tree/usr" --component daemon >"$tree/log"
cd "$tree"/usr/lib/systemd/system
units=$(echo *)
[ "$units" = "stsgate-metrics.service stsgate-metrics.timer \
stsgated-admin.socket stsgated.service stsgated.socket" ] ||
    fail "units: $units"
# A word that systemd does not know is told and passed over.
said=$(systemd-analyze verify --man=no ./* 2>&1) && [ -z "$said" ] ||
    fail "systemd-analyze verify: $said"
systemd-analyze security --offline=true --threshold=12 \
    ./stsgated.service >"$tree/security" ||
    fail "$(cat "$tree/security")"

# In the order of the sockets: where, and who may.
value() {
	sed -n "s/^$2=//p" "$1"
}
default() {
	sed -n "s/^#$1 = \"\\{0,1\\}\\([^\"]*\\)\"\\{0,1\\}\$/\\1/p" \
	    "$source/packaging/stsgate.conf"
}
source=$1
for name in query admin; do
	unit=stsgated.socket
	[ $name = query ] || unit=stsgated-admin.socket
	[ "$(value $unit FileDescriptorName)" = $name ] &&
	    [ "$(value $unit ListenStream)" = "$(default ${name}_socket)" ] &&
	    [ "$(value $unit SocketMode)" = "$(default ${name}_socket_mode)" ] ||
	    fail "$unit: other than ${name}_socket in stsgate.conf"
done

mkdir "$tree/etc"
systemd-sysusers --root="$tree" stsgate.conf 2>"$tree/log" ||
    fail "$(cat "$tree/log")"
grep -q '^stsgate:x:[0-9]*:[0-9]*:.*:/var/lib/stsgate:/.*nologin$' \
    "$tree/etc/passwd" || fail "no user: $(cat "$tree/etc/passwd")"
grep -q '^stsgate:' "$tree/etc/group" || fail "no group"
tail -n 1 "$tree/security"
