# SPDX-License-Identifier: MIT
"""No tunnel: what the two hosts and the machine can do."""
from . import Tunnel


class Plain(Tunnel):
    name = "plain"
    title = "no tunnel"

    def up(self):
        self.home_addr, self.away_addr = self.site.home_outer, self.site.away_outer
