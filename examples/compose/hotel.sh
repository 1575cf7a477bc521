#!/bin/sh
# SPDX-License-Identifier: MIT
# A hotel's router: translates addresses, lets TCP to 80 and 443 out, drops everything else without a word.
set -eu

link() { # the one that has an address in that network
	ip -o -4 addr show to "$1" | awk '{ print $2; exit }'
}
wan=$(link 203.0.113.0/24) rooms=$(link 10.2.0.0/24)

nft -f - <<RULES
table ip hotel {
	chain post {
		type nat hook postrouting priority 100;
		iifname "$rooms" oifname "$wan" masquerade
	}
	chain forward {
		type filter hook forward priority 0; policy drop;
		iifname "$rooms" oifname "$wan" tcp dport { 80, 443 } accept
		iifname "$wan" oifname "$rooms" ct state established,related accept
	}
}
RULES
exec sleep infinity
