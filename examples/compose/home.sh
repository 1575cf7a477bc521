#!/bin/sh
# SPDX-License-Identifier: MIT
# The home server: makes everybody's configuration at the first start, then serves.
set -eu
share=${SHARE:-/share}
conf=$share/server.conf
control=${CONTROL:-/run/homeward/server.sock}

lan=$(ip -o -4 addr show to 192.168.50.0/24 | awk '{ print $2; exit }')
ip route replace default via 192.168.50.1
if [ ! -e "$share/alice.hw" ]; then
	rm -f "$conf" "$share/dmz1.conf"
	homeward-server init -d "$share" --realm example.net --network 192.168.50.0/24 --lan "$lan" --public 192.168.50.2
	[ -z "${STATE-}" ] || sed -i "s,^state *=.*,state = $STATE," "$conf"
	homeward-server add-relay dmz1 -c "$conf" --control "$control" \
		--address 192.168.60.10 --public 203.0.113.2 --home 192.168.50.2 -o "$share/dmz1.conf"
	homeward-server add alice -c "$conf" --control "$control" --address 192.168.50.101 -o "$share/alice.hw"
fi
exec homeward-server run -c "$conf" --control "$control"
