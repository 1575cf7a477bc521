#!/bin/sh
# SPDX-License-Identifier: MIT
# The home server: makes everybody's configuration at the first start, then serves.
set -eu
share=${SHARE:-/share}
conf=$share/server.conf
control=${CONTROL:-/run/homeward/server.sock}

# A certificate for the multiplexer, by an authority of our own that every profile will name.
certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=example.net" \
		-addext keyUsage=critical,keyCertSign -keyout "$share/ca.key" -out "$share/ca.crt"
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=mux" \
		-keyout "$share/mux.key" -out "$share/mux.csr"
	echo "subjectAltName=IP:203.0.113.2" |
		openssl x509 -req -in "$share/mux.csr" -CA "$share/ca.crt" -CAkey "$share/ca.key" -CAcreateserial \
			-days 825 -extfile /dev/stdin -out "$share/mux.crt"
}

mux_conf() {
	cat <<-CONF
		[mux]
		listen = https://0.0.0.0:443, http://0.0.0.0:80
		certificate = $share/mux.crt
		key = $share/mux.key
		[target dmz1]
		address = 192.168.60.10:4500
	CONF
}

lan=$(ip -o -4 addr show to 192.168.50.0/24 | awk '{ print $2; exit }')
ip route replace default via 192.168.50.1
if [ ! -e "$share/alice.hw" ]; then
	rm -f "$conf" "$share/dmz1.conf"
	homeward-server init -d "$share" --realm example.net --network 192.168.50.0/24 --lan "$lan" --public 192.168.50.2
	[ -z "${STATE-}" ] || sed -i "s,^state *=.*,state = $STATE," "$conf"
	homeward-server add-relay dmz1 -c "$conf" --control "$control" \
		--address 192.168.60.10 --public 203.0.113.2 --home 192.168.50.2 -o "$share/dmz1.conf"
	certificate 2>/dev/null
	sed -i "/^\[server\]/a mux = https://203.0.113.2/dmz1\nmux_ca = $share/ca.crt" "$conf"
	homeward-server add bob -c "$conf" --control "$control" --address 192.168.50.102 -o "$share/bob.hw"
	mux_conf >"$share/mux.conf"
	homeward-server add alice -c "$conf" --control "$control" --address 192.168.50.101 -o "$share/alice.hw"
fi
exec homeward-server run -c "$conf" --control "$control"
