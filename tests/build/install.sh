#!/bin/bash
# SPDX-License-Identifier: MIT
# install.sh CMAKE BUILD DIR - an installation under /usr has every program, unit and sample, and each unit
# starts a program that is there, with options that it has.
set -u
cmake=$1 build=$2 dir=$3
failed=0
rm -rf "$dir" "$dir.units"
DESTDIR=$dir "$cmake" --install "$build" --prefix /usr >"$dir.log" 2>&1 || { cat "$dir.log" >&2; exit 1; }

must() { # WHAT TEST...
	local what=$1
	shift
	if "$@"; then echo "ok   $what"; else
		echo "FAIL $what"
		failed=1
	fi
}

# What systemd complains of in a unit. It reads the units that are pulled in as well: none of this machine's may be
# among them, which are other people's, so it gets a path with stand-ins for the targets that it needs.
mkdir -p "$dir.units"
for target in sysinit basic shutdown network-online; do
	printf '[Unit]\nDescription=%s\n' "$target" >"$dir.units/$target.target"
done
complaints() { # UNIT
	SYSTEMD_UNIT_PATH=$dir.units systemd-analyze verify "$1" 2>&1
}

must "bin/homeward" test -x "$dir/usr/bin/homeward"
must "sbin/homeward-server" test -x "$dir/usr/sbin/homeward-server"
must "sbin/homeward-relay" test -x "$dir/usr/sbin/homeward-relay"
must "sbin/homeward-mux" test -x "$dir/usr/sbin/homeward-mux"
must "no test program" test -z "$(find "$dir" -name 'test_*')"
for sample in server.conf relay.conf mux.conf client.hw; do
	must "sample $sample" test -n "$(find "$dir/usr/share/doc" -name $sample)"
done
must "the user of the units" grep -q "^u homeward " "$dir/usr/lib/sysusers.d/homeward.conf"
for unit in homeward-server.service homeward-relay.service homeward-mux.service homeward@.service; do
	file=$dir/usr/lib/systemd/system/$unit
	must "unit $unit" test -s "$file"
	program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$file")
	must "$unit runs as that user" grep -qx "User=homeward" "$file"
	must "$unit starts $program, which is there" test -x "$dir$program"
	if command -v systemd-analyze >/dev/null; then
		# It looks programs up on this machine: /bin/true is there.
		sed 's,^\(Exec[A-Za-z]*\)=[^ ]*,\1=/bin/true,' "$file" >"$dir.units/$unit"
		must "systemd accepts $unit" test -z "$(complaints "$dir.units/$unit")"
	fi
done
exit $failed
