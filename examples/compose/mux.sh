#!/bin/sh
# SPDX-License-Identifier: MIT
# The multiplexer: waits for its configuration, then serves.
set -eu
share=${SHARE:-/share}
control=${CONTROL:-/run/homeward/mux.sock}

ip route replace default via 192.168.60.1
until [ -s "$share/mux.conf" ]; do sleep 0.2; done
exec homeward-mux run -c "$share/mux.conf" --control "$control"
