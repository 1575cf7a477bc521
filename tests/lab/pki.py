# SPDX-License-Identifier: MIT
"""A small certification authority for the lab's web servers: EC P-256, names and addresses in subjectAltName."""
import datetime
import ipaddress
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from labbase import daemon_readable


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _write(path, data):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as f:
        f.write(data)
    daemon_readable(path)
    return path


def _pem(cert):
    return cert.public_bytes(serialization.Encoding.PEM)


def _pem_key(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def _valid(builder, days):
    """From an hour (if expired: two years) ago until `days` from now."""
    now = datetime.datetime.utcnow()
    since = datetime.timedelta(hours=1) if days > 0 else datetime.timedelta(days=730)
    return builder.not_valid_before(now - since).not_valid_after(now + datetime.timedelta(days=days))


def _alternatives(names):
    out = []
    for n in names:
        try:
            out.append(x509.IPAddress(ipaddress.ip_address(n)))
        except ValueError:
            out.append(x509.DNSName(n))
    return x509.SubjectAlternativeName(out)


class Identity:
    """A certificate and its key: .cert, .key, and .both, one file with the two of them."""

    def __init__(self, folder, name, cert, key):
        self.cert = _write(os.path.join(folder, f"{name}.crt"), _pem(cert))
        self.key = _write(os.path.join(folder, f"{name}.key"), _pem_key(key))
        self.both = _write(os.path.join(folder, f"{name}.pem"), _pem(cert) + _pem_key(key))


class Authority:
    """Its own certificate is the file .ca."""

    def __init__(self, lab, name="lab"):
        self.folder = os.path.join(lab.tmp, f"pki-{name}")
        os.makedirs(self.folder)
        self.name, self.key = f"{name} authority", ec.generate_private_key(ec.SECP256R1())
        cert = self._sign(self.name, self.key, 30, x509.BasicConstraints(ca=True, path_length=0))
        self.ca = _write(os.path.join(self.folder, "ca.crt"), _pem(cert))

    def _sign(self, subject, key, days, *extensions):
        builder = x509.CertificateBuilder(_name(self.name), _name(subject), key.public_key(),
                                          x509.random_serial_number())
        for e in extensions:
            builder = builder.add_extension(e, critical=isinstance(e, x509.BasicConstraints))
        return _valid(builder, days).sign(self.key, hashes.SHA256())

    def issue(self, name, *alternatives, days=7):
        """An Identity; alternatives: DNS names and addresses.  days below zero: expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        cert = self._sign(name, key, days, x509.BasicConstraints(ca=False, path_length=None),
                          _alternatives(alternatives or (name,)))
        return Identity(self.folder, name, cert, key)
