/* SPDX-License-Identifier: MIT */
#include "core/sa/pair.h"

#include "core/sa/store.h"
#include <assert.h>
#include <stdlib.h>

enum { FRESH, WORN, USED_UP };

const char *sa_state_name(sa_state s)
{
	static const char *const names[] = { "larval", "live", "dying", "replaced" };

	static_assert(sizeof names / sizeof names[0] == SA_N_STATES, "name every sa_state");
	return (unsigned)s < SA_N_STATES ? names[s] : "?";
}

/* A hard limit is a soft one, too: what is below the soft ones is below all. */
static void set_limit(uint64_t *soft, uint64_t *hard)
{
	*hard = *hard ? *hard : SA_NEVER;
	*soft = *soft && *soft < *hard ? *soft : *hard;
}

static uint64_t at_most(uint64_t limit, uint64_t most)
{
	return limit && limit < most ? limit : most;
}

/* RFC 4303 3.3.3: "the sender MUST NOT send a packet on an SA if doing so would cause the sequence number to cycle." */
static void set_limits(sa_pair *p, const sa_pair_conf *c)
{
	sa_limits *l = &p->limits;

	*l = c->limits;
	if (!c->esn) {
		l->hard_packets = at_most(l->hard_packets, UINT32_MAX);
		l->soft_packets = at_most(l->soft_packets, UINT32_MAX / 4 * 3);
	}
	set_limit(&l->soft_packets, &l->hard_packets);
	set_limit(&l->soft_octets, &l->hard_octets);
}

sa_pair *sa_pair_new(const sa_pair_conf *c)
{
	const esp_params in = { c->cipher, ESP_IN, c->esn, c->spi_in, c->key_in };
	const esp_params out = { c->cipher, ESP_OUT, c->esn, c->spi_out, c->key_out };
	sa_pair *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->spi_in = c->spi_in;
	p->spi_out = c->spi_out;
	p->cipher = c->cipher;
	p->born_ms = c->now_ms;
	set_limits(p, c);
	p->in = esp_sa_new(&in, NULL);
	p->out = p->in ? esp_sa_new(&out, NULL) : NULL;
	if (p->out)
		return p;
	sa_pair_free(p);
	return NULL;
}

void sa_pair_free(sa_pair *p)
{
	if (!p)
		return;
	esp_sa_free(p->in);
	esp_sa_free(p->out);
	free(p);
}

bool sa_pair_is_worn(const sa_pair *p, uint64_t now_ms)
{
	return p->wear >= WORN || now_ms >= p->limits.soft_ms;
}

bool sa_pair_is_dead(const sa_pair *p, uint64_t now_ms)
{
	return p->wear == USED_UP || now_ms >= p->limits.hard_ms;
}

/* After each packet of that direction. */
static void wear_out(sa_pair *p, const esp_sa *sa)
{
	const sa_limits *l = &p->limits;
	uint64_t packets = esp_sa_packets(sa), octets = esp_sa_octets(sa);

	if (packets < l->soft_packets && octets < l->soft_octets)
		return;
	uint8_t wear = packets < l->hard_packets && octets < l->hard_octets ? WORN : USED_UP;
	if (wear == p->wear)
		return;
	p->wear = wear;
	if (p->set)
		sa_store_report_worn(p->set);
}

size_t sa_pair_seal(sa_pair *p, uint64_t now_ms, uint8_t *pkt, size_t inner_len,
		    uint8_t next_header)
{
	if (sa_pair_is_dead(p, now_ms))
		return 0;
	size_t n = esp_seal(p->out, pkt, inner_len, next_header);
	wear_out(p, p->out);
	return n;
}

esp_verdict sa_pair_open(sa_pair *p, uint64_t now_ms, uint8_t *pkt, size_t n, esp_opened *out)
{
	if (sa_pair_is_dead(p, now_ms))
		return ESP_DROP_EXPIRED;
	esp_verdict v = esp_open(p->in, pkt, n, out);
	wear_out(p, p->in);
	return v;
}
