# SPDX-License-Identifier: MIT
"""strongSwan with kernel-libipsec: ESP in user space, AES-128-GCM, in UDP.

charon knows one pid file only, so each runs in a mount namespace with a /run of its own.
"""
import os

from netlab import wait_until

from . import Tunnel

PORT = 4510    # 4500 is Homeward's on the same hosts
PLUGINS = ("random nonce aes aesni gcm sha1 sha2 hmac kdf openssl curve25519 "
           "kernel-libipsec kernel-netlink socket-default vici updown")
STRONGSWAN = """
charon {{
  port = 0
  port_nat_t = {port}
  load = {plugins}
  filelog {{
    stderr {{
      default = 1
    }}
  }}
  plugins {{
    kernel-libipsec {{
      allow_peer_ts = yes
    }}
    vici {{
      socket = unix://{dir}/{who}.vici
    }}
  }}
}}
swanctl {{
  load = random openssl
  socket = unix://{dir}/{who}.vici
}}
"""
SWANCTL = """
connections {{
  bench {{
    version = 2
    encap = yes
    mobike = yes
    proposals = aes128-sha256-x25519
    {ends}
    local {{
      auth = psk
      id = {me}.bench
    }}
    remote {{
      auth = psk
      id = {you}.bench
    }}
    children {{
      bench {{
        {ts}
        esp_proposals = aes128gcm16-x25519
      }}
    }}
  }}
}}
secrets {{
  ike-bench {{
    secret = {secret}
  }}
}}
{pools}
"""
POOLS = "pools {\n  bench {\n    addrs = 10.80.3.2/32\n  }\n}\n"


class StrongSwan(Tunnel):
    name = "strongswan"
    title = "strongSwan kernel-libipsec, AES-128-GCM"
    home_addr, away_addr = "10.80.3.1", "10.80.3.2"

    def _charon(self, host, who, you, ends, ts, pools=""):
        conf = self.write(who + ".strongswan.conf",
                          STRONGSWAN.format(plugins=PLUGINS, dir=self.dir, who=who, port=PORT))
        connections = self.write(who + ".swanctl.conf", SWANCTL.format(
            secret=self.secret, me=who, you=you, ends=ends, ts=ts, pools=pools))
        run = self.path(who + ".run")
        os.makedirs(run, exist_ok=True)
        self.start(host, who, ["sh", "-c", f"mount --bind {run} /run && exec /usr/lib/ipsec/charon"],
                   env={"STRONGSWAN_CONF": conf})
        wait_until(lambda: os.path.exists(self.path(who + ".vici")), f"charon ({who})")
        self._swanctl(host, who, "--load-all", "--file", connections)

    def _swanctl(self, host, who, *argv):
        host.run(["swanctl", *argv], env={"STRONGSWAN_CONF": self.path(who + ".strongswan.conf")})

    def up(self):
        site = self.site
        self.secret = "0x" + os.urandom(32).hex()
        site.home.ip(f"addr add {self.home_addr}/32 dev lo")
        self._charon(site.home, "home", "away", "pools = bench",
                     f"local_ts = {self.home_addr}/32", POOLS)
        self._charon(site.away, "away", "home",
                     f"remote_addrs = {site.home_outer}\n    remote_port = {PORT}\n"
                     f"    local_port = {PORT}\n    vips = 0.0.0.0",
                     f"remote_ts = {self.home_addr}/32")
        self._swanctl(site.away, "away", "--initiate", "--child", "bench", "--timeout", "10")
        wait_until(self.ping, "strongSwan to carry a packet")
