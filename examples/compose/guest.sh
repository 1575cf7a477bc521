#!/bin/sh
# SPDX-License-Identifier: MIT
# A client in the hotel: waits for its profile, then stays up.
set -eu
share=${SHARE:-/share}
control=${CONTROL:-/run/homeward/client.sock}

ip route replace default via 10.2.0.1
until [ -s "$share/bob.hw" ]; do sleep 0.2; done
exec homeward up "$share/bob.hw" --foreground --control "$control" --state "${STATE:-/var/lib/homeward}"
