#!/bin/sh
# SPDX-License-Identifier: MIT
# The firewall: UDP 434 and 4500 from outside to the relay, TCP 80 and 443 to the multiplexer, protocol 4 between
# relay and home, the home network outwards; nothing else.
set -eu

link() { # the one that has an address in that network
	ip -o -4 addr show to "$1" | awk '{ print $2; exit }'
}
wan=$(link 203.0.113.0/24) dmz=$(link 192.168.60.0/24) lan=$(link 192.168.50.0/24)

nft -f - <<RULES
table ip homeward {
	chain pre {
		type nat hook prerouting priority -100;
		iifname "$wan" ip daddr 203.0.113.2 udp dport { 434, 4500 } dnat to 192.168.60.10
		iifname "$wan" ip daddr 203.0.113.2 tcp dport { 80, 443 } dnat to 192.168.60.11
	}
	chain post {
		type nat hook postrouting priority 100;
		iifname "$lan" oifname "$wan" masquerade
	}
	chain forward {
		type filter hook forward priority 0; policy drop;
		iifname "$wan" oifname "$dmz" ip daddr 192.168.60.10 udp dport { 434, 4500 } accept
		iifname "$wan" oifname "$dmz" ip daddr 192.168.60.11 tcp dport { 80, 443 } accept
		iifname "$dmz" oifname "$wan" ip saddr 192.168.60.11 tcp sport { 80, 443 } accept
		iifname "$dmz" oifname "$wan" ip saddr 192.168.60.10 udp sport { 434, 4500 } accept
		iifname "$dmz" oifname "$lan" ip saddr 192.168.60.10 ip daddr 192.168.50.2 ip protocol 4 accept
		iifname "$lan" oifname "$dmz" ip saddr 192.168.50.2 ip daddr 192.168.60.10 ip protocol 4 accept
		iifname "$lan" oifname "$wan" accept
		iifname "$wan" oifname "$lan" ct state established,related accept
	}
}
RULES
exec sleep infinity
