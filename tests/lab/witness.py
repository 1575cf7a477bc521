# SPDX-License-Identifier: MIT
"""A second client, written from docs/protocol.md and the RFCs, that shares no line with the product.

scapy builds and reads the Mobile IP messages, Python's hmac the authenticators, the cryptography package
AES-GCM and X25519.  One registration, one association, single ESP packets: enough to say that what the
home server speaks is what the documents say.
"""
import hashlib
import hmac
import os
import struct
import time

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from scapy.layers.mobileip import MobileIP, MobileIPRRP, MobileIPRRQ

VENDOR = 32473
NAI, IP, SA_EXT, SA_PAYLOAD, KEY_EXCHANGE, NONCE, NOTIFY, TIME = 1, 2, 4, 16, 19, 20, 21, 28
X25519, AES_GCM_16, ESP_PROTOCOL, CLIENT_HOME = 31, 20, 3, 1
NTP_UNIX = 2208988800


def hkdf(secret, salt, info, length):
    """RFC 5869 with SHA-256."""
    prk = hmac.new(salt or bytes(32), secret, hashlib.sha256).digest()
    out, block, n = b"", b"", 1
    while len(out) < length:
        block = hmac.new(prk, block + info + bytes([n]), hashlib.sha256).digest()
        out, n = out + block, n + 1
    return out[:length]


def ntp_now(offset_s=0.0):
    """64-bit identification (RFC 5944 5.7.1)."""
    t = time.time() + NTP_UNIX + offset_s
    return (int(t) << 32) | int((t % 1) * 2**32)


def vendor_ext(kind, body):
    """Critical vendor extension (RFC 3115)."""
    return struct.pack(">BBHIH", 38, 0, 6 + len(body), VENDOR, kind) + body


def attribute(kind, value):
    return struct.pack(">HH", 0x8000 | kind, value)


def transform(number, ident, attributes):
    return struct.pack(">BBHBHB", 18, CLIENT_HOME, 8 + len(attributes), number, ident, 2) + attributes


def proposal(number, spi, lifetime_s, transforms):
    body = b"".join(transforms)
    return struct.pack(">BBHBBBBII", 17, CLIENT_HOME, 16 + len(body), number, 1, ESP_PROTOCOL, len(transforms),
                       lifetime_s, spi) + body


def sa_payload(proposals):
    body = b"".join(proposals)
    return struct.pack(">BBH", 16, CLIENT_HOME, 4 + len(body)) + body


def plain_offer(spi, group=X25519, lifetime_s=600):
    """AES-128-GCM with extended sequence numbers."""
    attributes = attribute(4, group) + attribute(5, 1) + attribute(14, 128)
    return sa_payload([proposal(1, spi, lifetime_s, [transform(1, AES_GCM_16, attributes)])])


def extensions(octets):
    """(type, vendor type or None, offset, body) of each extension."""
    at = 0
    while at < len(octets):
        kind = octets[at]
        if kind == 0:
            at += 1
            continue
        long = kind in (36, 38)
        length = struct.unpack_from(">H", octets, at + 2)[0] if long else octets[at + 1]
        head = 4 if long else 2
        body = octets[at + head:at + head + length]
        if kind == 38:
            yield kind, struct.unpack_from(">H", body, 4)[0], at, body[6:]
        else:
            yield kind, None, at, body
        at += head + length


class Registration:
    """One attempt: the request's octets and what is needed to read the reply."""

    def __init__(self, key0, spi, nai, home_agent, care_of, lifetime_s=600, flags=0x22, identification=None,
                 address=None, offer=True, extra=b"", after=b"", auth_key=None, group=X25519):
        self.key0, self.spi = key0, spi
        self.identification = identification or ntp_now()
        self.private, self.nonce = X25519PrivateKey.generate(), os.urandom(16)
        self.my_spi = 0x20000000 | int.from_bytes(os.urandom(4), "big") >> 3
        self.fixed = bytes(MobileIP() / MobileIPRRQ(flags=flags, lifetime=lifetime_s, homeaddr="0.0.0.0",
                                                    haaddr=home_agent, coaddr=care_of, id=self.identification))
        body = self.sealed(NAI, 0, nai.encode())
        body += self.sealed(IP, 0, address) if address else b""
        body += self.association(group) if offer else b""
        self.octets = self.authenticated(body + extra, auth_key or key0) + after

    def sealed(self, kind, content, plain):
        """General extension with E = 1: the fixed header and the extension's headers are associated data."""
        head = struct.pack(">BBHIHBBI", 38, 0, 6 + 6 + 12 + len(plain) + 16, VENDOR, kind, content, 0x80, self.spi)
        key, nonce = hkdf(self.key0, b"", b"homeward request extensions", 32), os.urandom(12)
        return head + nonce + AESGCM(key).encrypt(nonce, plain, self.fixed + head)

    def association(self, group):
        value = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        exchange = struct.pack(">BBHH", KEY_EXCHANGE, 1, group, 6 + len(value)) + value
        return (vendor_ext(SA_PAYLOAD, plain_offer(self.my_spi, group)) + vendor_ext(KEY_EXCHANGE, exchange) +
                vendor_ext(NONCE, self.nonce))

    def authenticated(self, body, key):
        """Mobile-home authentication (type 32): HMAC-SHA-256, 128 bits of it."""
        message = self.fixed + body + struct.pack(">BBI", 32, 20, self.spi)
        return message + hmac.new(key, message, hashlib.sha256).digest()[:16]


def key3(key0, relay_name):
    """KEY3 of a client at a relay, for its first registration there."""
    return hkdf(key0, b"", b"homeward KEY3\0" + relay_name.encode(), 32)


def with_auth(kind, octets, spi, key):
    """The message with one more authentication extension (RFC 5944 3.5.3, 3.5.4): 33 or 34."""
    message = octets + struct.pack(">BBI", kind, 20, spi)
    return message + hmac.new(key, message, hashlib.sha256).digest()[:16]


def has_auth(kind, octets, key):
    """Does the message end in an authentication extension of that kind and key?"""
    head, tag = octets[:-16], octets[-16:]
    return octets[-22] == kind and hmac.compare_digest(hmac.new(key, head, hashlib.sha256).digest()[:16], tag)


class Reply:
    """A registration reply, authenticated and opened."""

    def __init__(self, octets, registration):
        self.octets, self.registration = octets, registration
        self.rrp = MobileIP(octets)[MobileIPRRP]
        self.code, self.identification, self.lifetime_s = self.rrp.code, self.rrp.id, self.rrp.lifetime
        self.found = {}
        for kind, vendor, at, body in extensions(octets[20:]):
            self.found.setdefault(vendor or (kind, "plain"), []).append((20 + at, body))

    def authentic(self):
        """True when its mobile-home authenticator is right; False too when it has none."""
        for at, body in self.found.get((32, "plain"), []):
            tag = hmac.new(self.registration.key0, self.octets[:at + 6], hashlib.sha256).digest()[:16]
            return hmac.compare_digest(tag, body[4:])
        return False

    def opened(self, vendor, content):
        """The data of an encrypted general extension, or None."""
        key = hkdf(self.registration.key0, b"", b"homeward reply extensions", 32)
        for at, body in self.found.get(vendor, []):
            if body[0] == content and body[1] & 0x80:
                aad = self.octets[:20] + self.octets[at:at + 16]
                return AESGCM(key).decrypt(body[6:18], body[18:], aad)
        return None

    def notify(self):
        """Reason of a refusal, or None."""
        for _, body in self.found.get(NOTIFY, []):
            return struct.unpack(">HI", body)[0]
        return None

    def association(self):
        """The two directions of ESP that were agreed on: (to home, to client)."""
        answer = self.found[SA_PAYLOAD][0][1]
        home_spi = struct.unpack_from(">I", answer, 16)[0]
        value, nonce = self.found[KEY_EXCHANGE][0][1][6:], self.found[NONCE][0][1]
        q = self.registration
        secret = q.private.exchange(X25519PublicKey.from_public_bytes(value)) + q.key0
        salt = struct.pack(">QQ", q.identification, self.identification) + q.nonce + nonce

        def key(label):
            return hkdf(secret, salt, label + bytes([0, 0]) + struct.pack(">II", q.my_spi, home_spi), 20)

        return Esp(home_spi, key(b"homeward SA3 client to home")), Esp(q.my_spi, key(b"homeward SA3 home to client"))


class Esp:
    """One direction: AES-128-GCM (RFC 4106), extended sequence numbers."""

    def __init__(self, spi, keys):
        self.spi, self.cipher, self.salt, self.seq = spi, AESGCM(keys[:16]), keys[16:], 0
        self.raw = keys[:16]

    def seal(self, inner, next_header=4):
        self.seq += 1
        pad = -(len(inner) + 2) % 4
        plain = inner + bytes(range(1, pad + 1)) + bytes([pad, next_header])
        iv, aad = struct.pack(">Q", self.seq), struct.pack(">IQ", self.spi, self.seq)
        return struct.pack(">II", self.spi, self.seq & 0xffffffff) + iv + self.cipher.encrypt(self.salt + iv, plain, aad)

    def open(self, packet):
        """(next header, inner packet); raises InvalidTag."""
        spi, low = struct.unpack_from(">II", packet)
        if spi != self.spi:
            raise ValueError(f"SPI {spi:#x} is not {self.spi:#x}")
        plain = self.cipher.decrypt(self.salt + packet[8:16], packet[16:], struct.pack(">IQ", spi, low))
        return plain[-1], plain[:-2 - plain[-2]]
