#!/bin/sh
# SPDX-License-Identifier: MIT
# The client: waits for its profile, then stays up.
set -eu
share=${SHARE:-/share}
control=${CONTROL:-/run/homeward/client.sock}

ip route replace default via 203.0.113.2
until [ -s "$share/alice.hw" ]; do sleep 0.2; done
exec homeward up "$share/alice.hw" --foreground --control "$control" --state "${STATE:-/var/lib/homeward}"
