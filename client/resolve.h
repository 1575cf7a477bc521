/* SPDX-License-Identifier: MIT */
/* resolve.h - names of home servers, relays, multiplexers and proxies, looked up outside the tunnel, all at once and
 * without blocking (io/net/dns_ask.h). What names stood for when home was last reached is kept over restarts (names.h). */
#ifndef HW_CLIENT_RESOLVE_H
#define HW_CLIENT_RESOLVE_H

#include "io/loop/loop.h"
#include "profile.h"
#include "proxies.h"

enum { RESOLVE_ADDRESSES = 8 };

typedef struct resolved_name {
	endpoint at[RESOLVE_ADDRESSES];
	unsigned n;
} resolved_name;

typedef struct resolver resolver;
/* Addresses of the profile included; what was found before, where nothing is found now: DNS may be what does
 * not work. */
typedef struct resolution {
	endpoint homes[CLIENT_HOMES];
	unsigned n_homes; /* 0: none is known */
	reg_relay relays[CLIENT_RELAYS];
	unsigned n_relays;
	resolved_name muxes[PROFILE_MUXES], proxies[PROXY_NAMES];
	bool asked;    /* else this is only what was known before anybody was asked */
	bool complete; /* every name was found; else they will be asked about again */
} resolution;
typedef void resolved(void *ctx, const resolution *r);

/* names_file: where addresses are kept; NULL: nowhere. */
resolver *resolver_new(io_loop *l, const profile *p, const proxy_list *proxies,
		       const char *names_file, resolved *done, void *ctx, err *e);
void resolver_free(resolver *r);
/* Calls done() at once if anything is known from before. */
void resolver_report_known(resolver *r);
/* Where DNS is asked from now on. */
void resolver_uplinks(resolver *r, const uplink *list, size_t n);
/* Again, as when the network changed; does nothing without names. Those who are being asked over other uplinks than
 * there are now are given up; else it is asked again when they have not all answered. */
void resolver_ask(resolver *r);
/* Home was reached: what the names stand for is kept. Or is not reached any more: they are asked about now
 * and then until it is, since they may stand for something else by now, or may have been a captive portal's.
 * Does not call done(). */
void resolver_home_reached(resolver *r, bool reached);

/* What a relay's name stands for after a look-up that found these: what it stood for, when that was not
 * found any more only because nothing was (no network yet), or is among several; else the first. A relay in
 * use is not given up for the order of an answer. False: not known. */
bool resolve_keep(const endpoint *found, unsigned n, endpoint *known);

#endif
