# SPDX-License-Identifier: MIT
"""A throwaway PKI for the peers that want certificates: made by openssl in the scratch directory."""
import os
import subprocess

EXT = {
    "home": "extendedKeyUsage=serverAuth\nkeyUsage=digitalSignature\n"
            "subjectAltName=DNS:home.bench,IP:203.0.113.2",
    "away": "extendedKeyUsage=clientAuth\nkeyUsage=digitalSignature\nsubjectAltName=DNS:away.bench",
}


class Pki:
    """ca.crt, home.crt and home.key, away.crt and away.key, all P-256, good for two days."""

    def __init__(self, folder):
        self.dir = folder
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self._key("ca")
        self._run("req", "-x509", "-new", "-key", self.path("ca.key"), "-out", self.path("ca.crt"),
                  "-days", "2", "-subj", "/CN=bench CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        for who in EXT:
            self._issue(who)

    def path(self, name):
        return os.path.join(self.dir, name)

    def _run(self, *argv):
        subprocess.run(["openssl", *argv], check=True, capture_output=True, timeout=30)

    def _key(self, who):
        self._run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                  "-out", self.path(who + ".key"))

    def _issue(self, who):
        self._key(who)
        with open(self.path(who + ".ext"), "w", encoding="ascii") as f:
            f.write(EXT[who] + "\n")
        self._run("req", "-new", "-key", self.path(who + ".key"), "-out", self.path(who + ".csr"),
                  "-subj", f"/CN={who}.bench")
        self._run("x509", "-req", "-in", self.path(who + ".csr"), "-CA", self.path("ca.crt"),
                  "-CAkey", self.path("ca.key"), "-CAcreateserial", "-days", "2",
                  "-extfile", self.path(who + ".ext"), "-out", self.path(who + ".crt"))
