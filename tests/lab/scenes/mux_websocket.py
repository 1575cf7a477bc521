#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""WebSocket at the multiplexer: python3-websocket, written by others, exchanges datagrams; what is against RFC 6455 is
answered with a close and its code, and by nothing else.

    client (python3-websocket, hand-made frames) --+-- mux (https, http) --+-- target: echo
    other (bystander, through everything) ---------+
"""
import base64
import os
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0])

import websocket

from muxkit import NAME, MuxLab, exchange
from muxwire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, WebSocket, esp, reset, ws_frame, ws_request, request
from scenekit import check, main

BROKEN = (  # frames, code of the close that answers
    ("a frame without a mask", ws_frame(b"x" * 20, mask=False), 1002),
    ("a text message", ws_frame(b"hello", TEXT), 1003),
    ("a message of 2001 octets", ws_frame(bytes(2001)), 1009),
    ("a message of 64 KiB", ws_frame(bytes(65536)), 1009),
    ("a message that says 2^62 octets", ws_frame(b"", form=8)[:2] + (1 << 62).to_bytes(8, "big") + bytes(4), 1009),
    ("a length with its top bit set", ws_frame(b"", form=8)[:2] + (1 << 63).to_bytes(8, "big") + bytes(4), 1002),
    ("fragments of 2001 octets in all", ws_frame(bytes(1500), fin=False) + ws_frame(bytes(501), CONTINUATION), 1009),
    ("a continuation of nothing", ws_frame(b"x", CONTINUATION), 1002),
    ("a message inside another", ws_frame(b"x", fin=False) + ws_frame(b"y"), 1002),
    ("a reserved bit", ws_frame(b"x", rsv=4), 1002),
    ("an unknown opcode", ws_frame(b"x", 3), 1002),
    ("an unknown control opcode", ws_frame(b"x", 11), 1002),
    ("a fragmented ping", ws_frame(b"x", PING, fin=False), 1002),
    ("a ping of 126 octets", ws_frame(bytes(126), PING), 1002),
    ("a length that is longer than it need be", ws_frame(b"x" * 20, form=2), 1002),
    ("a close with half a code", ws_frame(b"\x03", CLOSE), 1002),
    ("a close with code 1006", ws_frame((1006).to_bytes(2, "big"), CLOSE), 1002),
)


def by_others(mux, tls):
    """python3-websocket over a socket of ours."""
    conn = mux.connect(tls=tls)
    ws = websocket.create_connection(f"ws://{NAME}/homeward/home", socket=conn.sock, timeout=10)
    for n in (36, 125, 126, 1400, 1472):
        sent = esp(os.urandom(n - 4))
        ws.send_binary(sent)
        if ws.recv_data() != (websocket.ABNF.OPCODE_BINARY, sent):
            check(False, f"{n} octets come back as they were")
    ws.ping(b"are you there")
    opcode, frame = ws.recv_data_frame(True)
    check(opcode == websocket.ABNF.OPCODE_PONG and frame.data == b"are you there",
          f"python3-websocket {websocket.__version__}, {'TLS' if tls else 'clear'}: five messages are back, a ping has its pong")
    ws.send_close(websocket.STATUS_NORMAL, b"done")
    opcode, frame = ws.recv_data_frame(True)
    check(opcode == websocket.ABNF.OPCODE_CLOSE and frame.data[:2] == b"\x03\xe8", "    its close 1000 is answered with 1000")
    check(conn.ends() == b"", "    and the connection ends")


def good(mux):
    ws = mux.websocket()
    ws.conn.send(ws_frame(esp(b"one"), fin=False) + ws_frame(b"ping", PING) + ws_frame(b"two", CONTINUATION, fin=False)
                 + ws_frame(b"", CONTINUATION, fin=False) + ws_frame(b"three", CONTINUATION))
    got = [ws.frame(), ws.frame()]
    check(got == [(PONG, b"ping"), (BINARY, esp(b"one") + b"twothree")], "fragments with a ping between them: the pong, then one datagram")
    for octet in ws_frame(esp(b"dribble" * 30)):
        ws.conn.send(bytes([octet]))
    check(ws.recv() == esp(b"dribble" * 30), "a frame in segments of one octet: a datagram")
    ws.conn.send(b"".join(ws_frame(esp(bytes([n]) * 50)) for n in range(30)))
    check([ws.recv() for _ in range(30)] == [esp(bytes([n]) * 50) for n in range(30)], "thirty frames in one segment: thirty datagrams in order")
    ws.conn.send(ws_frame(esp(bytes(1996))) + ws_frame(esp(b"after")))
    check(ws.recv() == esp(b"after"), "2000 octets are more than the way to the target takes: dropped, the next one comes back")
    ws.conn.send(ws_frame(b"") + ws_frame(b"", PING) + ws_frame(b"uncalled for", PONG) + ws_frame(esp(b"zero mask"), mask=bytes(4)))
    check([ws.frame(), ws.frame()] == [(PONG, b""), (BINARY, esp(b"zero mask"))], "an empty message is no datagram, an uncalled pong is nothing")
    ws.conn.send(ws_frame(b"", CLOSE))
    check(ws.frame()[0] == CLOSE and ws.conn.ends() == b"", "a close without a code is answered by a close")
    early = mux.connect()
    early.send(ws_request() + ws_frame(esp(b"early")))
    check(early.head().status == 101 and early.read(38) == b"\x82\x24" + esp(b"early"), "a frame sent with the request itself comes back")
    early.close()


def broken(mux):
    for n, (what, octets, code) in enumerate(BROKEN):
        ws = mux.websocket(tls=n % 2 == 0)
        exchange(ws, 64)
        before = len(mux.log())
        ws.conn.send(octets)
        said = ws.closed()
        ended = ws.conn.ends()
        lines = mux.log()[before:]
        check(said == code and ended == b"" and len(lines) <= 1, f"{what}: closed with {said}, one line in the log")
        ws.close()


def vanished(mux):
    """Cut in the midst of frames."""
    for octets in (b"\x82", ws_frame(bytes(100))[:50], ws_frame(b"x", fin=False), ws_frame(b"", CLOSE)[:3]):
        for end in (reset, WebSocket.close):
            ws = mux.websocket(tls=False)
            ws.conn.send(octets)
            end(ws.conn if end is reset else ws)
    check(True, "eight clients vanished in the midst of a frame")


def handshakes(mux):
    key = base64.b64encode(os.urandom(16)).decode()
    upgrade = ("Connection: Upgrade", "Upgrade: websocket")
    line = "GET /homeward/home"
    head = mux.refused("version 12", ws_request(version="12"), 426, closes=False)
    check("13" in (head.get("sec-websocket-version") or ""), "    which names version 13")
    mux.refused("no key", request(line, *upgrade, "Sec-WebSocket-Version: 13"), 400, closes=False)
    mux.refused("a key of three octets", ws_request(key="AAAA"), 400, closes=False)
    mux.refused("a key that is no base64", ws_request(key="!" * 24), 400, closes=False)
    mux.refused("two keys", request(line, *upgrade, "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}",
                                    f"Sec-WebSocket-Key: {key}"), 400, closes=False)
    mux.refused("an unknown target", ws_request("nobody"), 404, closes=False)
    mux.refused("by POST", ws_request().replace(b"GET", b"POST"), (405, 400), closes=False)


def scene(lab):
    mux = MuxLab(lab)
    by_others(mux, True)
    by_others(mux, False)
    good(mux)
    broken(mux)
    handshakes(mux)
    vanished(mux)
    mux.answers()
    mux.bystander.undisturbed()


if __name__ == "__main__":
    main(scene)
