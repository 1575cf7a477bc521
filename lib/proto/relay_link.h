/* SPDX-License-Identifier: MIT */
/* relay_link.h - messages between a relay itself and home: UDP 434 to 434 inside IP-in-IP. Two
 * messages of a handshake in the clear but authenticated, "refused", and the bodies of what then travels
 * in ESP (next header 253, kinds from 16 on, beside those of ctl.h). docs/protocol.md, "Relays". */
#ifndef HW_PROTO_RELAY_LINK_H
#define HW_PROTO_RELAY_LINK_H

#include "base/wire.h"

enum {
	LINK_HELLO = 0x12,   /* relay to home */
	LINK_WELCOME = 0x13, /* home to relay */
	LINK_REFUSED = 0x14, /* home to relay: the hello is not authentic. Itself unauthenticated */
	LINK_VERSION = 2,
	LINK_VALUE_LEN = 32, /* an X25519 public value */
	LINK_AUTH_LEN = 16,
	LINK_HELLO_LEN = 64,   /* hello and welcome */
	LINK_REFUSED_LEN = 24, /* type, 7 zero octets, the hello's authenticator */
};
/* hello: home's list goes on where it is, if home still has the link. welcome: it does */
enum { LINK_CONTINUES = 0x01 };
/* type(8) version(8) flags(8) reserved(8) spi(32) time(64) value, 32 octets; auth, 16 octets */
typedef struct link_hello {
	uint8_t type, flags; /* LINK_HELLO or LINK_WELCOME */
	uint32_t spi;        /* where the sender receives */
	uint64_t time;       /* the sender's, NTP format */
	uint8_t value[LINK_VALUE_LEN];
	wire_bytes covered,
		auth; /* when reading: borrowed; the authenticator follows what it covers */
} link_hello;
bool link_hello_get(const uint8_t *p, size_t n, link_hello *out);
/* A hello or welcome, but of another version; *version is which. */
bool link_is_other_version(const uint8_t *p, size_t n, uint8_t *version);
/* Writes all but the authenticator and returns where its LINK_AUTH_LEN octets go; NULL: no room. */
uint8_t *link_hello_put(wire_wr *w, const link_hello *m);
bool link_refused_get(const uint8_t *p, size_t n, uint8_t auth[LINK_AUTH_LEN]);
void link_refused_put(wire_wr *w, const uint8_t auth[LINK_AUTH_LEN]);

typedef enum link_kind {
	LINK_ADMIT = 16, /* home to relay: who may register */
	LINK_ACK = 17,   /* relay to home: applied up to here */
	LINK_PING = 18,  /* relay to home */
	LINK_PONG = 19,  /* home to relay */
} link_kind;

/* kind(8) flags(8) count(16) from(64) to(64), then the entries. Versions count the changes of home's
 * list: the message brings the relay from one version to another; from 0: the list starts again. */
enum { LINK_ADMIT_HDR = 20, LINK_ENTRY_LEN = 64, LINK_ENTRIES_MAX = 17, LINK_SPIS = 3 };
enum { LINK_COMPLETE = 0x01 }; /* flag: with this the list is complete as of now */
typedef struct link_admit {
	uint8_t flags;
	uint16_t count;
	uint64_t from, to;
} link_admit;
enum { LINK_ENTRY_REMOVED = 0x01 };
/* handle(64) flags(8) reserved(24) spi(32)[3] last_id(64) key3(32) */
typedef struct link_entry {
	uint64_t handle; /* home's identifier of the client: random */
	uint8_t flags;
	uint32_t spis[LINK_SPIS]; /* pseudonyms it may come with; 0: none */
	uint64_t last_id;         /* identifications up to here are used up */
	uint8_t key3[32];
} link_entry;
bool link_admit_get(wire_rd *r, link_admit *out); /* false: malformed, or count and length differ */
bool link_entry_get(wire_rd *r, link_entry *out);
void link_admit_put(wire_wr *w, const link_admit *m);
void link_entry_put(wire_wr *w, const link_entry *m);

/* Ack: kind(8) reserved(56) version(64). Ping and pong: kind(8) reserved(56) stamp(64). */
typedef struct link_ping {
	uint8_t kind;
	uint64_t stamp; /* the relay's, echoed */
} link_ping;
bool link_ack_get(wire_rd *r, uint64_t *version);
void link_ack_put(wire_wr *w, uint64_t version);
bool link_ping_get(wire_rd *r, link_ping *out);
void link_ping_put(wire_wr *w, const link_ping *m);

#endif
