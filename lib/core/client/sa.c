/* SPDX-License-Identifier: MIT */
/* sa.c - associations with home, in the order of row V3: a new one can be received on from
 * the moment it is installed; data leaves by it when home has shown that it holds it too. */
#include "core/client/priv.h"

enum {
	OLD_MS = 30000, /* one that was replaced may still be heard for so long */
	CONFIRM_MIN_MS = 100,
	CONFIRM_MAX = 8, /* echoes on a new association before we ask anew */
};

static void drop(client_core *c, client_sa *sa)
{
	esp_sa_free(sa->in);
	esp_sa_free(sa->out);
	if (c->cur == sa)
		c->cur = NULL;
	if (c->next == sa)
		c->next = NULL;
	*sa = (client_sa){ 0 };
}

void client_sa_drop_all(client_core *c)
{
	for (unsigned i = 0; i < CLIENT_SAS; i++)
		drop(c, &c->sas[i]);
	c->confirm_ms = NEVER;
	c->doubted = false;
}

void client_sa_retire_all(client_core *c, uint64_t when_ms)
{
	for (unsigned i = 0; i < CLIENT_SAS; i++)
		if (c->sas[i].in)
			c->sas[i].retire_ms = min_u64(c->sas[i].retire_ms, when_ms);
	c->cur = c->next = NULL;
	c->confirm_ms = NEVER;
	c->doubted = false;
}

client_sa *client_sa_by_spi(client_core *c, uint32_t spi_in)
{
	if (c->cur && c->cur->spi_in == spi_in)
		return c->cur;
	for (unsigned i = 0; i < CLIENT_SAS; i++)
		if (c->sas[i].in && c->sas[i].spi_in == spi_in)
			return &c->sas[i];
	return NULL;
}

bool client_sa_sends(const client_core *c, uint32_t spi_out)
{
	return (c->cur && c->cur->spi_out == spi_out) || (c->next && c->next->spi_out == spi_out);
}

static void retire(client_sa *sa, uint64_t now_ms)
{
	sa->retire_ms = now_ms + OLD_MS;
}

/* An empty slot, or that of the one that was replaced first. */
static client_sa *slot(client_core *c)
{
	client_sa *found = NULL;
	for (unsigned i = 0; i < CLIENT_SAS; i++) {
		client_sa *sa = &c->sas[i];
		if (!sa->in)
			return sa;
		if (sa != c->cur && sa != c->next && (!found || sa->retire_ms < found->retire_ms))
			found = sa;
	}
	drop(c, found);
	return found;
}

static bool fill(client_sa *sa, core_time now, const sa_keys *k, const sa_choice *s,
		 uint32_t spi_in)
{
	uint64_t life = (uint64_t)s->lifetime_s * 1000;
	const esp_params in = { s->cipher, ESP_IN, spi_in, k->to_client };
	const esp_params out = { s->cipher, ESP_OUT, s->peer_spi, k->to_home };
	*sa = (client_sa){
		.spi_in = spi_in, .spi_out = s->peer_spi, .cipher = s->cipher, .born_ms = now.ms
	};
	sa->renew_ms = life ? now.ms + life * (70 + client_random() % 6) / 100 : NEVER;
	sa->dies_ms = life ? now.ms + life : NEVER;
	sa->retire_ms = NEVER;
	sa->in = esp_sa_new(&in, NULL);
	sa->out = sa->in ? esp_sa_new(&out, NULL) : NULL;
	return sa->out != NULL;
}

static void promote(client_core *c, core_time now, client_sa *sa)
{
	if (c->cur && c->cur != sa)
		retire(c->cur, now.ms);
	c->cur = sa;
	c->next = NULL;
	c->doubted = false;
	if (c->active && client_path_admitted(c->active, now))
		c->lost_ms = NEVER;
}

bool client_sa_install(client_core *c, core_time now, const sa_keys *k, const sa_choice *s,
		       uint32_t spi_in)
{
	client_sa *sa = slot(c);
	if (!fill(sa, now, k, s, spi_in)) {
		drop(c, sa);
		return false;
	}
	if (c->next)
		retire(c->next, now.ms);
	c->next = sa;
	if (!c->cur || c->doubted)
		promote(c, now, sa);
	c->confirm_n = 0;
	c->confirm_gap_ms = 0;
	c->confirm_ms = now.ms; /* at once: the next tick is part of the same event */
	return true;
}

void client_sa_heard(client_core *c, core_time now, client_sa *sa)
{
	if (sa == c->next)
		promote(c, now, sa);
	if (sa == c->cur && !c->next)
		c->confirm_ms = NEVER;
}

/* Home never answered on it: whatever it holds, it is something else. */
static void give_up(client_core *c, core_time now)
{
	c->confirm_ms = NEVER;
	if (c->next)
		retire(c->next, now.ms);
	c->next = NULL;
	c->doubted = true;
	client_reg_go(c, now, false);
}

static void confirm(client_core *c, core_time now)
{
	client_sa *sa = c->next ? c->next : c->cur;
	if (!sa || !c->active) {
		c->confirm_ms = NEVER;
		return;
	}
	if (c->confirm_n++ >= CONFIRM_MAX) {
		give_up(c, now);
		return;
	}
	client_echo_send(c, now, c->active, sa, 0, 0);
	uint32_t first = max_u32(2 * client_path_rtt_ms(c, c->active), CONFIRM_MIN_MS);
	c->confirm_gap_ms = c->confirm_gap_ms ? c->confirm_gap_ms * 2 : first;
	c->confirm_ms = now.ms + c->confirm_gap_ms;
}

void client_sa_tick(client_core *c, core_time now)
{
	for (unsigned i = 0; i < CLIENT_SAS; i++) {
		client_sa *sa = &c->sas[i];
		if (!sa->in || now.ms < min_u64(sa->retire_ms, sa->dies_ms))
			continue;
		if (sa == c->cur && !c->next)
			c->lost_ms = now.ms;
		if (sa == c->cur && c->next)
			promote(c, now, c->next);
		drop(c, sa);
	}
	if (now.ms >= c->confirm_ms)
		confirm(c, now);
}

uint64_t client_sa_due(const client_core *c)
{
	uint64_t due = c->confirm_ms;
	for (unsigned i = 0; i < CLIENT_SAS; i++)
		if (c->sas[i].in)
			due = min_u64(due, min_u64(c->sas[i].retire_ms, c->sas[i].dies_ms));
	return due;
}
