/* SPDX-License-Identifier: MIT */
#include "core/client/associations.h"

enum {
	REPLACED_MS = 30000, /* how long packets under the one before may still be on their way */
	MAX_LARVAL = 2,
	MAX_REPLACED = 2,
	RENEW_PACKETS = 1 << 30,
};

static const sa_rules rules = { .max_larval = MAX_LARVAL,
				.max_replaced = MAX_REPLACED,
				.replaced_ms = REPLACED_MS,
				.sends_larval = true };

bool client_associations_init(client_associations *a, const client_host *host)
{
	*a = (client_associations){ .host = host, .store = sa_store_new() };
	if (a->store)
		sa_set_open(&a->set, a->store, &rules, a);
	return a->store != NULL;
}

void client_associations_free(client_associations *a)
{
	sa_set_close(&a->set);
	sa_store_free(a->store);
	a->store = NULL;
}

static unsigned add_selector(sa_selector s[2], unsigned n, const ip_addr *home)
{
	const ip_prefix own = { *home, (uint8_t)(home->len * 8) };
	const ip_prefix any = { .addr = { .len = home->len } };

	if (!home->len)
		return n;
	s[n] = sa_selector_of_all(&own, &any);
	return n + 1;
}

bool client_associations_select(client_associations *a, const ip_addr *home4, const ip_addr *home6)
{
	sa_selector s[2];
	unsigned n = add_selector(s, 0, home4);

	return sa_set_select(&a->set, s, add_selector(s, n, home6));
}

uint32_t client_associations_pick_spi(const client_associations *a)
{
	return sa_store_pick_spi(a->store);
}

bool client_associations_install(client_associations *a, core_time now, const sa_keys *k,
				 const sa_choice *s, uint32_t spi_in)
{
	uint64_t life = s->lifetime_s * 1000ull;
	const sa_pair_conf conf = {
		.cipher = s->cipher,
		.esn = true,
		.spi_in = spi_in,
		.spi_out = s->peer_spi,
		.key_in = k->to_client,
		.key_out = k->to_home,
		.limits = { .soft_ms = life ? client_time_renewal(now.ms, life) : NEVER,
			    .hard_ms = life ? now.ms + life : NEVER,
			    .soft_packets = RENEW_PACKETS },
		.now_ms = now.ms,
	};
	sa_pair *p = sa_pair_new(&conf);

	if (!p || !sa_set_install(&a->set, p)) {
		log_warn(a->host->log, "association %08x is not installed: %s", spi_in,
			 p ? "its SPI is in use, or no memory" : "no memory");
		sa_pair_free(p);
		return false;
	}
	if (a->doubted && a->set.live)
		sa_set_give_up(&a->set, a->set.live, now.ms);
	a->doubted = false;
	a->has_pair = true;
	return true;
}

bool client_associations_sends(const client_associations *a, uint32_t spi_out)
{
	const sa_pair *newest = sa_set_unconfirmed(&a->set), *live = a->set.live;

	return (live && live->spi_out == spi_out) || (newest && newest->spi_out == spi_out);
}

static const sa_pair *newest_in_use(const client_associations *a, uint64_t now_ms)
{
	const sa_pair *p = sa_set_unconfirmed(&a->set);

	return p ? p : sa_set_sending(&a->set, now_ms);
}

bool client_associations_is_renewal_due(const client_associations *a, uint64_t now_ms)
{
	const sa_pair *p = newest_in_use(a, now_ms);

	return !p || a->doubted || sa_pair_is_worn(p, now_ms);
}

uint64_t client_associations_renewal_ms(const client_associations *a, uint64_t now_ms)
{
	const sa_pair *p = newest_in_use(a, now_ms);

	if (!p)
		return NEVER;
	return sa_pair_is_worn(p, now_ms) ? 0 : p->limits.soft_ms;
}

void client_associations_doubt(client_associations *a)
{
	a->doubted = true;
}

/* The only one is used on all the same: nothing better is to be had. */
void client_associations_give_up(client_associations *a, uint64_t now_ms)
{
	sa_pair *p = sa_set_unconfirmed(&a->set);

	if (p && a->set.live)
		sa_set_give_up(&a->set, p, now_ms);
	a->doubted = true;
}

void client_associations_retire_all(client_associations *a, uint64_t until_ms)
{
	sa_set_retire_all(&a->set, until_ms);
	a->doubted = a->has_pair = false;
}

void client_associations_drop_all(client_associations *a)
{
	sa_set_drop_all(&a->set);
	a->doubted = a->has_pair = false;
}

void client_associations_tick(client_associations *a, uint64_t now_ms)
{
	client_events *ev = a->host->events;
	bool was_live = a->set.live && a->set.live->state == SA_LIVE;

	sa_set_tick(&a->set, now_ms);
	bool still = sa_set_sending(&a->set, now_ms) != NULL;
	if (a->has_pair && !still)
		client_events_put(ev, (client_event){ .kind = CLIENT_EV_ASSOCIATIONS_LOST });
	else if (was_live && a->set.live && a->set.live->state == SA_DYING &&
		 !sa_set_unconfirmed(&a->set))
		client_events_put(ev, (client_event){ .kind = CLIENT_EV_ASSOCIATION_WORN });
	a->has_pair = still;
}

uint64_t client_associations_next_timer_ms(const client_associations *a)
{
	return sa_set_next_timer_ms(&a->set);
}
