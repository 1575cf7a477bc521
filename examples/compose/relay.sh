#!/bin/sh
# SPDX-License-Identifier: MIT
# The relay: waits for its configuration, then serves.
set -eu
share=${SHARE:-/share}
control=${CONTROL:-/run/homeward/relay.sock}

ip route replace default via 192.168.60.1
until [ -s "$share/dmz1.conf" ]; do sleep 0.2; done
exec homeward-relay run -c "$share/dmz1.conf" --control "$control"
