/* SPDX-License-Identifier: MIT */
/* regload.c - thousands of clients that register with one home server, and how fast it answers.
 *
 *   regload SERVER:PORT CLIENTS FIRST [--inflight N] [--rounds N] [--lifetime S] [--port P]
 * [--seconds S]
 *
 * CLIENTS holds one "IDENTITY ADDRESS KEY SPI" a line; client i has care-of address FIRST + i, and
 * all use UDP port P (4500). Each round registers every client once, as new: an X25519 key pair of
 * its own, an encrypted identity, an offer of associations. At most N requests are on their way at
 * a time; one that stays unanswered for half a second is made again and sent again. A round is timed
 * from its first request to its last reply. Afterwards every reply is authenticated, opened, and
 * the keys of its association derived: a reply that wouldn't serve a real client counts as wrong.
 * Prints one JSON object; exits 0 if every client was registered in every round.
 */
#include "regload_client.h"
#include "regload_net.h"

#include "base/clock.h"
#include <stdio.h>
#include <stdlib.h>

enum { RETRY_US = 500000, LINE_MAX_LEN = 512 };

typedef struct options {
	endpoint server;
	const char *clients_file;
	ip_addr first;
	uint32_t inflight, rounds, lifetime_s, port, seconds;
} options;

typedef struct load {
	const options *o;
	net *net;
	client *clients;
	uint32_t n, first; /* first: care-of address of client 0 as a number */
	uint32_t next, answered, flying;
	uint64_t resent, refused, wrong;
} load;

static bool option(options *o, const char *name, const char *value)
{
	struct {
		const char *name;
		uint32_t *at;
	} known[] = {
		{ "--inflight", &o->inflight },   { "--rounds", &o->rounds },
		{ "--lifetime", &o->lifetime_s }, { "--port", &o->port },
		{ "--seconds", &o->seconds },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		char *end;
		if (strcmp(name, known[i].name))
			continue;
		*known[i].at = (uint32_t)strtoul(value, &end, 10);
		return *value && !*end && *known[i].at > 0;
	}
	return false;
}

static bool options_parse(options *o, int argc, char **argv)
{
	*o = (options){ .inflight = 128,
			.rounds = 1,
			.lifetime_s = 1800,
			.port = MIP_ESP_PORT,
			.seconds = 60 };
	if (argc < 4 || argc % 2)
		return false;
	if (!endpoint_parse(argv[1], 0, &o->server) || !ip_parse(argv[3], &o->first) ||
	    o->first.len != 4)
		return false;
	o->clients_file = argv[2];
	for (int i = 4; i < argc; i += 2)
		if (!option(o, argv[i], argv[i + 1]))
			return false;
	return o->lifetime_s < 0xffff && o->port <= 0xffff;
}

static bool add_client(load *l, const char *line, err *e)
{
	if (l->n % 1024 == 0) {
		client *more = realloc(l->clients, (l->n + 1024) * sizeof *more);
		if (!more)
			return err_set(e, ERR_LIMIT, "no memory");
		l->clients = more;
	}
	client *c = &l->clients[l->n];
	memset(c, 0, sizeof *c);
	if (!client_parse(c, line))
		return err_set(e, ERR_USAGE, "%s:%u: not IDENTITY ADDRESS KEY SPI",
			       l->o->clients_file, l->n + 1);
	uint8_t at[4];
	store_be32(at, l->first + l->n);
	c->care_of = ip_from_bytes(at, 4);
	l->n++;
	return true;
}

static bool read_clients(load *l, err *e)
{
	char line[LINE_MAX_LEN];
	bool ok = true;
	FILE *f = fopen(l->o->clients_file, "re");

	if (!f)
		return err_set(e, ERR_USAGE, "%s: can't be read", l->o->clients_file);
	l->first = load_be32(l->o->first.b);
	while (ok && fgets(line, sizeof line, f))
		ok = add_client(l, line, e);
	fclose(f);
	return ok && (l->n > 0 || err_set(e, ERR_USAGE, "%s: no client", l->o->clients_file));
}

static bool send_one(load *l, client *c, err *e)
{
	net_dgram *d = net_slot(l->net);

	if (!d && !net_flush(l->net, e))
		return false;
	d = d ? d : net_slot(l->net);
	d->ours = c->care_of;
	d->n = client_request(c, &l->o->server.addr, (uint16_t)l->o->lifetime_s, d->p);
	if (!d->n)
		return err_set(e, ERR_CRYPTO, "a request could not be built");
	c->sent_us = clock_mono_us();
	net_commit(l->net);
	return true;
}

static bool fill(load *l, err *e)
{
	for (; l->flying < l->o->inflight && l->next < l->n; l->next++, l->flying++)
		if (!send_one(l, &l->clients[l->next], e))
			return false;
	return net_flush(l->net, e);
}

static bool resend_late(load *l, err *e)
{
	uint64_t now = clock_mono_us();

	for (uint32_t i = 0; i < l->next; i++) {
		client *c = &l->clients[i];
		if (!c->sent_us || now - c->sent_us < RETRY_US)
			continue;
		l->resent++;
		if (!send_one(l, c, e))
			return false;
	}
	return net_flush(l->net, e);
}

static void take(load *l, const net_dgram *d)
{
	uint32_t i = d->ours.len == 4 ? load_be32(d->ours.b) - l->first : l->n;

	if (i >= l->n || !client_reply(&l->clients[i], d->p, d->n))
		return;
	l->answered++;
	l->flying--;
}

static bool one_round(load *l, uint64_t *took_us, err *e)
{
	uint64_t start = clock_mono_us(), checked = start, now = start;
	uint64_t end = start + l->o->seconds * 1000000ull;

	l->next = l->answered = l->flying = 0;
	for (; l->answered < l->n && now < end; now = clock_mono_us()) {
		const net_dgram *in;
		if (!fill(l, e))
			return false;
		unsigned n = net_receive(l->net, 20, &in);
		for (unsigned i = 0; i < n; i++)
			take(l, &in[i]);
		if (now - checked > RETRY_US / 4 && (checked = now, !resend_late(l, e)))
			return false;
	}
	*took_us = clock_mono_us() - start;
	return true;
}

static void check_replies(load *l)
{
	for (uint32_t i = 0; i < l->n; i++) {
		client *c = &l->clients[i];
		err e = { 0 };
		bool refused = c->reply_len && c->code > MIP_ACCEPTED_NO_SIMULTANEOUS;
		if (c->reply_len && client_check(c, &e))
			continue;
		if (l->refused + l->wrong < 3)
			fprintf(stderr, "regload: %s: %s\n", c->nai,
				c->reply_len ? e.text : "no reply");
		l->refused += refused;
		l->wrong += !refused;
	}
}

static bool run_rounds(load *l, err *e)
{
	printf("{\"clients\":%u,\"inflight\":%u,\"rounds\":[", l->n, l->o->inflight);
	for (uint32_t round = 0; round < l->o->rounds; round++) {
		uint64_t took_us = 0;
		for (uint32_t i = 0; i < l->n; i++)
			if (!client_prepare(&l->clients[i], round * l->n + i, e))
				return false;
		if (!one_round(l, &took_us, e))
			return false;
		check_replies(l);
		printf("%s{\"answered\":%u,\"seconds\":%.6f,\"per_s\":%.1f}", round ? "," : "",
		       l->answered, (double)took_us / 1e6, l->answered / ((double)took_us / 1e6));
	}
	printf("],\"resent\":%llu,\"refused\":%llu,\"wrong\":%llu}\n",
	       (unsigned long long)l->resent, (unsigned long long)l->refused,
	       (unsigned long long)l->wrong);
	return true;
}

static void load_free(load *l)
{
	for (uint32_t i = 0; i < l->n; i++)
		client_free(&l->clients[i]);
	free(l->clients);
	net_close(l->net);
}

int main(int argc, char **argv)
{
	options o;
	err e = { 0 };

	if (!options_parse(&o, argc, argv)) {
		fprintf(stderr,
			"usage: regload SERVER:PORT CLIENTS FIRST [--inflight N] [--rounds N] "
			"[--lifetime S] [--port P] [--seconds S]\n");
		return 2;
	}
	load l = { .o = &o };
	bool ok = read_clients(&l, &e) && (l.net = net_open(&o.server, (uint16_t)o.port, &e)) &&
		  run_rounds(&l, &e);
	if (!ok)
		fprintf(stderr, "regload: %s\n", e.text);
	ok = ok && !l.refused && !l.wrong;
	load_free(&l);
	return ok ? 0 : 1;
}
