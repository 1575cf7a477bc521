/* SPDX-License-Identifier: MIT */
/* sa_kit.h - a store with two sets, and pairs for them. */
#ifndef HW_TESTS_SA_KIT_H
#define HW_TESTS_SA_KIT_H

#include "core/sa/set.h"
#include "proto/esp_hdr.h"
#include "unit.h"

enum { T0 = 1000000, KEEP_MS = 30000 };

static const sa_rules rules = {
	.max_larval = 2, .max_replaced = 2, .replaced_ms = KEEP_MS, .sends_larval = true
};
static const uint8_t key_a[20] = { 1, 2, 3 }, key_b[20] = { 4, 5, 6 };

typedef struct fixture {
	sa_store *store;
	sa_set set, other;
	int owner;
} fixture;

static inline fixture open_fixture(void)
{
	return (fixture){ .store = sa_store_new() };
}

static inline void open_sets(fixture *f)
{
	assert_non_null(f->store);
	sa_set_open(&f->set, f->store, &rules, &f->owner);
	sa_set_open(&f->other, f->store, &rules, f);
}

static inline void close_fixture(fixture *f)
{
	sa_set_close(&f->set);
	sa_set_close(&f->other);
	sa_store_free(f->store);
}

static inline sa_pair *make(fixture *f, sa_limits limits, uint32_t spi_out)
{
	const sa_pair_conf c = { .cipher = ESP_AES_128_GCM,
				 .esn = true,
				 .spi_in = sa_store_pick_spi(f->store),
				 .spi_out = spi_out,
				 .key_in = key_a,
				 .key_out = key_b,
				 .limits = limits,
				 .now_ms = T0 };
	sa_pair *p = sa_pair_new(&c);

	assert_non_null(p);
	assert_int_equal(p->born_ms, T0);
	return p;
}

static const sa_limits endless = { .soft_ms = SA_NEVER, .hard_ms = SA_NEVER };

static inline sa_pair *install(fixture *f, uint32_t spi_out)
{
	sa_pair *p = make(f, endless, spi_out);

	assert_true(sa_set_install(&f->set, p));
	return p;
}

static inline void seal(sa_pair *p, size_t n)
{
	uint8_t pkt[256] = { 0 };

	assert_true(esp_sealed_len(n) <= sizeof pkt);
	assert_true(sa_pair_seal(p, T0, pkt, n, ESP_NEXT_IPV4) > 0);
}

static inline ip_prefix prefix(const char *text)
{
	ip_prefix p;

	assert_true(prefix_parse(text, &p));
	return p;
}

static inline sa_selector between(const char *local, const char *remote)
{
	const ip_prefix l = prefix(local), r = prefix(remote);

	return sa_selector_of_all(&l, &r);
}

static inline ip_addr address(const char *text)
{
	ip_addr a;

	assert_true(ip_parse(text, &a));
	return a;
}

#endif
