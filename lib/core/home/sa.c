/* SPDX-License-Identifier: MIT */
/* sa.c - the associations of a client. Each is received on from the moment it is installed and
 * sent on from the first packet that authenticates on it: then the client holds it for certain (row
 * V3). One that was replaced is received on for HOME_OLD_SA_MS, for packets still under way. */
#include "core/home/priv.h"

#include <openssl/crypto.h>
#include <stdlib.h>

uint32_t home_pick_spi(const home_core *h)
{
	uint32_t spi;

	do {
		if (!home_random(&spi, sizeof spi))
			return 0;
	} while (spi < ESP_MIN_SPI || map_get(h->by_spi, map_key_u32(spi)));
	return spi;
}

void home_sa_free(home_sa *sa)
{
	if (!sa)
		return;
	esp_sa_free(sa->in);
	esp_sa_free(sa->out);
	free(sa);
}

static bool make_pair(home_sa *sa, const sa_keys *keys)
{
	const esp_params in = { sa->cipher, ESP_IN, sa->spi_in, keys->to_home };
	const esp_params out = { sa->cipher, ESP_OUT, sa->spi_out, keys->to_client };

	sa->in = esp_sa_new(&in, NULL);
	sa->out = sa->in ? esp_sa_new(&out, NULL) : NULL;
	return sa->out != NULL;
}

home_sa *home_sa_new(home_client *c, const sa_key_input *in, uint32_t lifetime_s, uint64_t now_ms)
{
	home_sa *sa = calloc(1, sizeof *sa);
	sa_keys keys;

	if (!sa)
		return NULL;
	sa->client = c;
	sa->spi_in = in->home_spi;
	sa->spi_out = in->client_spi;
	sa->cipher = in->cipher;
	sa->lifetime_s = lifetime_s;
	sa->ends_ms = now_ms + (uint64_t)lifetime_s * 1000 + HOME_SA_GRACE_MS;
	bool ok = reg_derive_sa_keys(in, &keys) && make_pair(sa, &keys);
	OPENSSL_cleanse(&keys, sizeof keys);
	if (ok)
		return sa;
	home_sa_free(sa);
	return NULL;
}

/* Takes out of the list, the map and the memory; *at is the pointer that leads to it. */
static void drop_at(home_core *h, home_sa **at)
{
	home_sa *sa = *at;

	*at = sa->next;
	if (sa->client->sending == sa)
		sa->client->sending = NULL;
	map_del(h->by_spi, map_key_u32(sa->spi_in));
	home_sa_free(sa);
}

static void keep_pending_within(home_core *h, home_client *c, unsigned most)
{
	home_sa **at = &c->sas;
	unsigned n = 0;

	while (*at) {
		if ((*at)->phase == SA_PENDING && ++n > most)
			drop_at(h, at);
		else
			at = &(*at)->next;
	}
}

bool home_sa_install(home_core *h, home_sa *sa)
{
	home_client *c = sa->client;

	if (!map_put(h->by_spi, map_key_u32(sa->spi_in), sa))
		return false;
	sa->phase = SA_PENDING;
	sa->next = c->sas;
	c->sas = sa;
	keep_pending_within(h, c, HOME_MAX_PENDING);
	return true;
}

void home_sa_drop_all(home_core *h, home_client *c)
{
	while (c->sas)
		drop_at(h, &c->sas);
}

/* Associations behind sa in the list are older. Pending ones among them were answers to attempts that
 * the client gave up, or copies of the attempt that led to sa. A client that replaces one after the other
 * keeps only the latest: it holds no more of them itself. */
static void retire_older(home_core *h, home_sa *sa, uint64_t now_ms)
{
	home_sa **at = &sa->next;
	unsigned old = 0;

	while (*at) {
		if ((*at)->phase == SA_PENDING || old == HOME_MAX_OLD) {
			drop_at(h, at);
			continue;
		}
		if ((*at)->phase == SA_SENDING) {
			(*at)->phase = SA_OLD;
			if ((*at)->ends_ms > now_ms + HOME_OLD_SA_MS)
				(*at)->ends_ms = now_ms + HOME_OLD_SA_MS;
		}
		old++;
		at = &(*at)->next;
	}
}

/* Copies of the same attempt that are newer in the list: the client chose sa, they lead nowhere. */
static void drop_twins(home_core *h, home_sa *sa)
{
	home_sa **at = &sa->client->sas;

	while (*at != sa) {
		if ((*at)->phase == SA_PENDING && (*at)->spi_out == sa->spi_out)
			drop_at(h, at);
		else
			at = &(*at)->next;
	}
}

void home_sa_confirm(home_core *h, home_sa *sa, uint64_t now_ms)
{
	if (sa->phase != SA_PENDING)
		return;
	drop_twins(h, sa);
	retire_older(h, sa, now_ms);
	sa->phase = SA_SENDING;
	sa->client->sending = sa;
	home_bind_schedule(h, sa->client);
}

void home_sa_reap(home_core *h, home_client *c, uint64_t now_ms)
{
	home_sa **at = &c->sas;

	while (*at) {
		if ((*at)->ends_ms <= now_ms)
			drop_at(h, at);
		else
			at = &(*at)->next;
	}
}

home_sa *home_sa_for_sending(const home_client *c)
{
	return c->sending ? c->sending : c->sas;
}
