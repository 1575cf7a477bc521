#!/bin/bash
# SPDX-License-Identifier: MIT
# layers.sh CMAKE CC SOURCE DIR - a lower layer that calls uv_loop_init must not build, and must fail for
# that reason; the same tree without the call, and with libuv allowed, must build.
set -u
cmake=$1 cc=$2 source=$3 dir=$4
here=$(dirname "$(readlink -f "$0")")
rm -rf "$dir"

build() { # NAME OPTION...
	local name=$1
	shift
	"$cmake" -S "$here/layers" -B "$dir/$name" -DCMAKE_C_COMPILER="$cc" \
		-DHOMEWARD_SOURCE="$source" "$@" >"$dir.$name.log" 2>&1 || return 2
	"$cmake" --build "$dir/$name" >>"$dir.$name.log" 2>&1
}

fail() {
	echo "$1" >&2
	cat "$dir.$2.log" >&2
	exit 1
}

build lawful || fail "two lawful layers do not build" lawful
build allowed -DREACHES_UP=ON -DMAY_HAVE_UV=ON || fail "a layer may not have what it USES" allowed
build reaching -DREACHES_UP=ON && fail "a layer that calls uv_loop_init without USES builds" reaching
grep -q 'undefined reference to .uv_loop_init' "$dir.reaching.log" ||
	fail "a layer that reaches up fails for another reason" reaching
echo "a layer that reaches for what it may not have does not build"
