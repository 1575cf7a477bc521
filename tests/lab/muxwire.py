# SPDX-License-Identifier: MIT
"""A multiplexer's clients written from the documents alone: HTTP/1.1 (RFC 9112), WebSocket (RFC 6455), connect-udp
(RFC 9297, RFC 9298) and plain requests, octet by octet.  Nothing here is the product's."""
import base64
import hashlib
import os
import socket
import ssl
import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PATIENCE_S = 120
SPI, ESP_MIN = b"ZZZZ", 36


def esp(octets=b""):
    """A datagram as ESP begins: others a multiplexer does not let in (docs/protocol.md, 20.6)."""
    return SPI + octets.ljust(ESP_MIN - len(SPI), b".")


class Refused(Exception):
    """The answer was not the expected one; .head is what came."""

    def __init__(self, head):
        super().__init__(f"{head.status} {head.reason}")
        self.head = head


class Head:
    """Status line and fields of a response."""

    def __init__(self, octets):
        self.octets = octets
        first, *lines = octets.decode("latin-1").rstrip("\r\n").split("\r\n")
        version, status, self.reason = (first.split(" ", 2) + ["", ""])[:3]
        if not version.startswith("HTTP/1.") or not status.isdigit():
            raise ValueError(f"no status line: {first!r}")
        self.status = int(status)
        self.fields = {}
        for line in lines:
            name, _, value = line.partition(":")
            self.fields.setdefault(name.lower(), []).append(value.strip())

    def get(self, name):
        return ", ".join(self.fields.get(name, [])) or None


class Conn:
    """A connected socket and what was read ahead from it."""

    def __init__(self, sock, patience=PATIENCE_S):
        self.sock, self.buf = sock, b""
        sock.settimeout(patience)

    def send(self, octets):
        self.sock.sendall(octets)
        return self

    def more(self):
        got = self.sock.recv(65536)
        if not got:
            raise EOFError("the other end has closed")
        self.buf += got

    def read(self, n):
        while len(self.buf) < n:
            self.more()
        out, self.buf = self.buf[:n], self.buf[n:]
        return out

    def until(self, mark):
        while mark not in self.buf:
            self.more()
        return self.read(self.buf.index(mark) + len(mark))

    def head(self):
        return Head(self.until(b"\r\n\r\n"))

    def body(self, head):
        """All of a body that is not a tunnel."""
        if head.get("transfer-encoding"):
            parts = []
            while True:
                part = self.chunk()
                if not part:
                    return b"".join(parts)
                parts.append(part)
        return self.read(int(head.get("content-length") or 0))

    def chunk(self):
        n = int(self.until(b"\r\n").split(b";")[0], 16)
        out = self.read(n)
        if self.read(2) != b"\r\n":
            raise ValueError("a chunk without its end")
        return out

    def ask(self, request):
        """Send a request, return head and body."""
        self.send(request)
        head = self.head()
        return head, self.body(head)

    def ends(self, timeout=PATIENCE_S):
        """What still comes until the other end has closed; None when it does not within `timeout`."""
        self.sock.settimeout(timeout)
        out, self.buf = self.buf, b""
        try:
            while True:
                got = self.sock.recv(65536)
                if not got:
                    return out
                out += got
        except (ssl.SSLError, ConnectionError):
            return out
        except socket.timeout:
            return None

    def close(self):
        self.sock.close()


def request(line, *fields, body=b"", host="mux.example.net"):
    """A request's octets.  host None: without the field."""
    lines = [f"{line} HTTP/1.1"] + ([f"Host: {host}"] if host else []) + list(fields)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def reset(conn):
    """Close with a reset, as a client that vanished."""
    conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conn.close()


def ws_accept(key):
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()


def ws_request(target="home", key=None, version="13"):
    key = key or base64.b64encode(os.urandom(16)).decode()
    return request(f"GET /homeward/{target}", "Connection: Upgrade", "Upgrade: websocket",
                   f"Sec-WebSocket-Version: {version}", f"Sec-WebSocket-Key: {key}")


def ws_frame(payload=b"", opcode=BINARY, fin=True, mask=True, rsv=0, form=None):
    """A frame.  mask: True is a random one, False none, or four octets.  form: octets of the length (1, 2, 8),
    None: the shortest."""
    n = len(payload)
    form = form or (1 if n < 126 else 2 if n < 65536 else 8)
    out = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    bit = 0x80 if mask else 0
    out += bytes([bit | n]) if form == 1 else bytes([bit | (126 if form == 2 else 127)]) + n.to_bytes(form, "big")
    if not mask:
        return out + payload
    key = os.urandom(4) if mask is True else mask
    return out + key + masked(payload, key)


def masked(payload, key):
    n = len(payload)
    return (int.from_bytes(payload, "big") ^ int.from_bytes((key * (n // 4 + 1))[:n], "big")).to_bytes(n, "big")


class WebSocket:
    """A tunnel of binary messages."""

    def __init__(self, conn, target="home"):
        self.conn = conn
        key = base64.b64encode(os.urandom(16)).decode()
        conn.send(ws_request(target, key))
        self.head = conn.head()
        if self.head.status != 101 or self.head.get("sec-websocket-accept") != ws_accept(key):
            raise Refused(self.head)

    def send(self, payload):
        self.conn.send(ws_frame(payload))

    def frame(self):
        """Returns (opcode, payload) of the next frame, which must be whole and unmasked."""
        first, second = self.conn.read(2)
        if second & 0x80 or first & 0x70 or not first & 0x80:
            raise ValueError(f"a server's frame that begins {first:02x} {second:02x}")
        n = second if second < 126 else int.from_bytes(self.conn.read(2 if second == 126 else 8), "big")
        return first & 15, self.conn.read(n)

    def recv(self):
        opcode, payload = self.frame()
        if opcode == CLOSE:
            raise EOFError(f"closed with {close_code(payload)}")
        if opcode != BINARY:
            raise ValueError(f"frame of opcode {opcode}")
        return payload

    def closed(self):
        """The code with which the other end closes; datagrams before it are skipped."""
        while True:
            opcode, payload = self.frame()
            if opcode == CLOSE:
                return close_code(payload)

    def close(self):
        self.conn.close()


def close_code(payload):
    return int.from_bytes(payload[:2], "big") if len(payload) >= 2 else None


def varint(v, form=None):
    """RFC 9000 16.  form: 1, 2, 4 or 8 octets; None: the shortest."""
    form = form or next(n for n in (1, 2, 4, 8) if v < 1 << (8 * n - 2))
    return (v | {1: 0, 2: 1, 4: 2, 8: 3}[form] << (8 * form - 2)).to_bytes(form, "big")


def capsule(kind, value):
    return varint(kind) + varint(len(value)) + value


def datagram(payload, context=0):
    return capsule(0, varint(context) + payload)


def cu_request(target="home", port=4500, *fields):
    return request(f"GET /.well-known/masque/udp/{target}/{port}/", "Connection: Upgrade", "Upgrade: connect-udp",
                   "Capsule-Protocol: ?1", *fields)


class ConnectUdp:
    """A tunnel of DATAGRAM capsules."""

    def __init__(self, conn, target="home", early=b""):
        self.conn = conn
        conn.send(cu_request(target) + early)
        self.head = conn.head()
        if self.head.status != 101 or self.head.get("upgrade") != "connect-udp":
            raise Refused(self.head)

    def send(self, payload):
        self.conn.send(datagram(payload))

    def varint(self):
        first = self.conn.read(1)[0]
        n = 1 << (first >> 6)
        return int.from_bytes(bytes([first & 63]) + self.conn.read(n - 1), "big")

    def capsule(self):
        kind = self.varint()
        return kind, self.conn.read(self.varint())

    def recv(self):
        kind, value = self.capsule()
        if kind != 0 or value[:1] != b"\0":
            raise ValueError(f"capsule {kind}, {value[:20].hex()}")
        return value[1:]

    def close(self):
        self.conn.close()


def prefixed(*payloads):
    return b"".join(struct.pack(">H", len(p)) + p for p in payloads)


def unprefixed(octets):
    """The datagrams; ValueError when the last is not whole."""
    out = []
    while octets:
        n = struct.unpack(">H", octets[:2])[0]
        if len(octets) < 2 + n:
            raise ValueError("the last datagram is not whole")
        out.append(octets[2:2 + n])
        octets = octets[2 + n:]
    return [p for p in out if p]


class Plain:
    """A tunnel of plain requests over two connections: `up` for POST, `down` for the held GET."""

    def __init__(self, up, down, target="home"):
        self.up, self.down, self.stream = up, down, b""
        self.path = f"/homeward/{target}/{os.urandom(16).hex()}"
        self.get()

    def get(self):
        """Ask for what comes."""
        self.head = self.down.send(request(f"GET {self.path}/down")).head()
        if self.head.status != 200:
            raise Refused(self.head)

    def send(self, *payloads):
        body = prefixed(*payloads)
        head, _ = self.up.ask(request(f"POST {self.path}/up", f"Content-Length: {len(body)}", body=body))
        if head.status not in (200, 204):
            raise Refused(head)

    def recv(self):
        while True:
            if len(self.stream) >= 2:
                n = struct.unpack(">H", self.stream[:2])[0]
                if len(self.stream) >= 2 + n:
                    out, self.stream = self.stream[2:2 + n], self.stream[2 + n:]
                    if out:
                        return out
                    continue
            part = self.down.chunk()
            if not part:
                raise EOFError("the response has ended")
            self.stream += part

    def close(self):
        self.up.close()
        self.down.close()
