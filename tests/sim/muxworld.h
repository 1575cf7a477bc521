/* SPDX-License-Identifier: MIT */
/* muxworld.h - a multiplexer's core in virtual time: connections whose other ends a test plays, sockets whose
 * targets it plays. What a paused connection is sent waits, as it would in the kernel. Assertions fail when the
 * core breaks the rules of its environment: writes to a link it gave back, a timer that is always set to the
 * present, something left at the end. */
#ifndef HW_TESTS_SIM_MUXWORLD_H
#define HW_TESTS_SIM_MUXWORLD_H

#include "core/http/framing.h"
#include "core/mux/core.h"
#include "../unit/unit.h"

enum {
	MW_LINKS = 128,
	MW_SOCKETS = 128,
	MW_OUT = 2 * 1024 * 1024,
	MW_IN = 512 * 1024,
	MW_T0 = 1000000
};

#define MW_SESSION "0123456789abcdef0123456789abcdef"

typedef struct muxworld muxworld;

typedef struct mw_link {
	muxworld *w;
	mux_conn *conn; /* NULL: given back, or refused */
	bool finished;  /* in an orderly way */
	bool paused;
	size_t room;  /* octets it takes before it is full; SIZE_MAX: it never is */
	uint8_t *out; /* MW_OUT octets of room: what was written to it */
	size_t out_n;
	unsigned writes;
	uint8_t *in; /* what it was sent and has not read */
	size_t in_n;
	uint64_t waited_ms; /* as last noted */
} mw_link;

typedef struct mw_socket {
	muxworld *w;
	mux_tunnel *tunnel; /* NULL: closed */
	endpoint to;
	unsigned sent, batches; /* datagrams, calls */
	uint8_t last[FRAMING_DATAGRAM_MAX];
	size_t last_n;
	int error; /* that sending is answered with */
} mw_socket;

struct muxworld {
	mux_core *core;
	mux_config config;
	core_time now;
	mw_link links[MW_LINKS];
	mw_socket sockets[MW_SOCKETS];
	unsigned n_links, n_sockets; /* ever used */
	int refuse_sockets;          /* an errno that connecting fails with */
	unsigned lines;              /* of the log, above debug */
	char line[LOG_LINE_MAX + 1]; /* the last */
};

/* Targets "home" at 192.0.2.1:4500 and "other" at 192.0.2.2:4500, a proxy at 192.0.2.9, default limits, idle after
 * 600 s. limits NULL: those. */
muxworld *mw_new(const mux_guard_limits *limits);
muxworld *mw_new_in(const mux_guard_limits *limits,
		    const mux_room_limits *room); /* NULL: no limits */
void mw_free(muxworld *w);                        /* all is closed: nothing may be left */

ip_addr mw_client(uint8_t n);                                       /* 198.51.100.n */
mw_link *mw_connect(muxworld *w, mux_conn_kind kind, ip_addr from); /* accepted and open */
void mw_say(mw_link *l, const void *p, size_t n);                   /* from the other end */
void mw_say_text(mw_link *l, const char *text);
void mw_hang_up(mw_link *l);
void mw_take(mw_link *l, size_t octets);      /* a slow reader takes so many: room again */
void mw_expect(mw_link *l, const char *part); /* is in what was written */
void mw_expect_not(const mw_link *l, const char *part);
unsigned mw_count(const mw_link *l, const char *part); /* how many times it is in there */
void mw_forget(mw_link *l);                            /* what was written */

/* Like ESP, in one reading of the socket. */
void mw_datagrams(mw_socket *s, unsigned count, size_t n);
void mw_answer(mw_socket *s, const void *p, size_t n); /* this one */
void mw_fail(mw_socket *s, int error);
unsigned mw_open_sockets(const muxworld *w);

void mw_pass(muxworld *w, uint64_t ms); /* all timers on the way expire at their time */

/* A connection that has become a tunnel to "home". */
mw_link *mw_connect_udp(muxworld *w, ip_addr from);
mw_link *mw_websocket(muxworld *w, ip_addr from);
size_t mw_frame(framing_kind kind, size_t datagram,
		uint8_t *out); /* like ESP, as its client frames it */
size_t mw_frame_of(framing_kind kind, const void *p, size_t n, uint8_t *out);
/* The datagrams in a tunnel's octets. */
unsigned mw_unframe(framing_kind kind, const uint8_t *p, size_t n);

#endif
