/* SPDX-License-Identifier: MIT */
/* framing_priv.h - what framing.c and its kinds share.
 *
 * Theory of operation. A stream is heads, each followed by a body or by something to skip. framing.c walks
 * it: it puts a head together when it came in pieces, hands the body's octets to the kind as they come, and
 * counts down what is skipped. The kind reads heads and makes datagrams of bodies. What lies whole in the
 * octets fed is handed over there; only what is cut is copied, to one buffer that exists only while
 * something is cut, since most tunnels are idle. */
#ifndef HW_CORE_HTTP_FRAMING_PRIV_H
#define HW_CORE_HTTP_FRAMING_PRIV_H

#include "core/http/framing.h"
#include "proto/capsule.h"
#include "proto/websocket.h"

enum {
	HEAD_MAX = CAPSULE_HEAD_MAX + VARINT_MAX_LEN, /* the longest: with its context identifier */
	MASK_KEYS = 32,                               /* drawn at once */
	MASK_LEN = 4,
	PARTS_MAX = FRAMING_DATAGRAM_MAX + WS_CONTROL_MAX,
};

typedef enum stage { STAGE_HEAD, STAGE_BODY, STAGE_SKIP } stage;

/* Something that came in pieces; where in the buffer it is kept, and how much of it is there. */
typedef struct part {
	uint16_t at, have;
} part;

typedef struct feeder { /* one call of framing_feed() */
	const framing_events *ev;
	const char *why;
} feeder;

typedef struct framing_ops {
	/* 1: read, `stage` and `left` are set. 0: more octets are needed. -1: broken, `why` is set. */
	int (*head)(framing *f, wire_rd *r, feeder *to);
	/* The next n octets of the body; the last ones when f->left is 0, perhaps none. */
	framing_result (*body)(framing *f, uint8_t *p, size_t n, feeder *to);
	size_t (*put)(framing *f, const uint8_t *p, size_t n, uint8_t *out);
	size_t (*close)(framing *f, uint16_t code, uint8_t *out); /* NULL: this kind has none */
} framing_ops;

extern const framing_ops framing_capsule, framing_ws, framing_prefix;

typedef struct ws_state {
	ws_head head; /* of the frame whose body comes */
	bool message; /* a message was begun and goes on */
	bool closing; /* our close was sent, nothing follows it */
	part control;
	unsigned keys_left;
	uint8_t keys[MASK_KEYS * MASK_LEN];
} ws_state;

struct framing {
	const framing_ops *ops;
	uint8_t *buf;  /* PARTS_MAX octets; NULL while nothing is cut */
	uint64_t left; /* of the body, or to skip */
	part data;
	framing_end end;
	uint8_t stage; /* enum stage */
	uint8_t head_n;
	uint8_t head[HEAD_MAX]; /* of one that is cut: its first head_n octets */
	ws_state ws;
};

/* Adds octets to a part. When `last`, p and n are made to be the whole of it, in place if it is whole
 * there, and the part is empty again. The caller sees to it that it fits. False: no memory. */
bool framing_join(framing *f, part *t, uint8_t **p, size_t *n, bool last);
/* A body that is one datagram and nothing else. */
framing_result framing_body(framing *f, uint8_t *p, size_t n, feeder *to);
framing_result framing_no_memory(feeder *to);

#endif
