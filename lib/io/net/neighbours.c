/* SPDX-License-Identifier: MIT */
#include "io/net/neighbours.h"
#include "io/net/netlink.h"
#include <errno.h>
#include <linux/neighbour.h>
#include <stdlib.h>
#include <string.h>

enum { HARDWARE_MAX = 32 /* MAX_ADDR_LEN of the kernel */ };

typedef struct neighbour {
	ip_addr addr;
	uint8_t hardware[HARDWARE_MAX];
	size_t n_hardware; /* 0: not known yet */
} neighbour;

struct neighbours {
	nl_sock nl;
	uint32_t ifindex;
	neighbour list[NEIGHBOURS_MAX];
	bool changed;
};

typedef struct report {
	ip_addr addr;
	nl_cursor hardware;
	uint16_t state;
} report;

static bool read_report(const neighbours *n, const nl_message *m, report *out)
{
	struct ndmsg nd;
	nl_cursor attrs;
	nl_attr a;

	*out = (report){ 0 };
	if (m->type != RTM_NEWNEIGH || !nl_body(m, &nd, sizeof nd, &attrs) ||
	    (uint32_t)nd.ndm_ifindex != n->ifindex || (nd.ndm_flags & NTF_PROXY))
		return false;
	out->state = nd.ndm_state;
	while (nl_next_attr(&attrs, &a)) {
		if (a.type == NDA_DST)
			out->addr = nl_addr(&a);
		else if (a.type == NDA_LLADDR)
			out->hardware = a.value;
	}
	return out->addr.len > 0;
}

static neighbour *find(neighbours *n, const ip_addr *a)
{
	for (size_t i = 0; i < NEIGHBOURS_MAX; i++)
		if (n->list[i].addr.len && ip_equal(&n->list[i].addr, a))
			return &n->list[i];
	return NULL;
}

/* True: it was known by another address. */
static bool learn(neighbour *k, const nl_cursor *hardware)
{
	bool is_known = k->n_hardware > 0;

	if (hardware->n == 0 || hardware->n > HARDWARE_MAX)
		return false;
	if (k->n_hardware == hardware->n && memcmp(k->hardware, hardware->p, hardware->n) == 0)
		return false;
	memcpy(k->hardware, hardware->p, hardware->n);
	k->n_hardware = hardware->n;
	return is_known;
}

static void take(void *ctx, const nl_message *m)
{
	neighbours *n = ctx;
	report r;
	neighbour *k = read_report(n, m, &r) ? find(n, &r.addr) : NULL;

	if (k && ((r.state & NUD_FAILED) || learn(k, &r.hardware)))
		n->changed = true;
}

/* What is known already, so that the first report of a change is one. */
static bool learn_all(neighbours *n)
{
	const struct ndmsg all = { .ndm_family = AF_UNSPEC };
	nl_sock ask;
	nl_request r;
	err none = { 0 };

	if (!nl_open(&ask, 0, false, &none))
		return false;
	nl_begin(&r, RTM_GETNEIGH, 0, &all, sizeof all);
	int why = nl_dump(&ask, &r, take, n);
	nl_close(&ask);
	n->changed = false;
	return why == 0 || why == EAGAIN;
}

neighbours *neighbours_open(uint32_t ifindex, const ip_addr list[NEIGHBOURS_MAX], err *e)
{
	neighbours *n = calloc(1, sizeof *n);

	if (!n) {
		err_sys(e, ENOMEM, "netlink");
		return NULL;
	}
	n->ifindex = ifindex;
	for (size_t i = 0; i < NEIGHBOURS_MAX; i++)
		n->list[i].addr = list[i];
	if (!nl_open(&n->nl, RTMGRP_NEIGH, true, e)) {
		free(n);
		return NULL;
	}
	if (learn_all(n))
		return n;
	err_set(e, ERR_SYSTEM, "the neighbours of link %u can't be listed", ifindex);
	neighbours_close(n);
	return NULL;
}

void neighbours_close(neighbours *n)
{
	if (!n)
		return;
	nl_close(&n->nl);
	free(n);
}

int neighbours_fd(const neighbours *n)
{
	return n->nl.fd;
}

bool neighbours_drain(neighbours *n)
{
	for (;;) {
		nl_cursor c = { NULL, 0 };
		nl_message m;
		int why = nl_receive(&n->nl, &c);
		if (why == ENOBUFS)
			n->changed = true;
		else if (why)
			break;
		while (nl_next_message(&c, &m))
			take(n, &m);
	}
	bool changed = n->changed;
	n->changed = false;
	return changed;
}
