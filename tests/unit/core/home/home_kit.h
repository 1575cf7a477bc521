/* SPDX-License-Identifier: MIT */
/* home_kit.h - a client's half of the exchange with the agent of home_shell.h. */
#ifndef HW_TESTS_HOME_KIT_H
#define HW_TESTS_HOME_KIT_H

#include "home_shell.h"

/* The client's half. */
typedef struct away {
	kit *k;
	home_client_conf conf;
	key0_set keys;
	endpoint from;
	ip_addr local;
	uint32_t ifindex, spi, spi_in;
	dh *dh;
	reg_request q;
	uint64_t last_id;
	uint8_t octets[MIP_MAX_MESSAGE];
	size_t n;
	reg_reply r;
	esp_sa *in, *out;
} away;

static inline void away_open(away *a, kit *k, uint8_t n)
{
	memset(a, 0, sizeof *a);
	a->k = k;
	a->conf = kit_client_conf(n);
	a->spi = a->conf.spi;
	a->spi_in = 0x50000000u + (uint32_t)n * 256;
	a->from = (endpoint){ .addr = ip4(198, 51, 100, n), .port = 5000 };
	a->local = ip4(203, 0, 113, 2);
	a->ifindex = KIT_WAN_LINK;
	assert_true(key0_set_derive(a->conf.key0, &a->keys));
}

static inline void away_close(away *a)
{
	dh_free(a->dh);
	esp_sa_free(a->in);
	esp_sa_free(a->out);
	key0_set_wipe(&a->keys);
}

/* A request with all that a usual one has; the test changes a->q and calls away_build(). */
static inline void away_prepare(away *a)
{
	reg_request *q = &a->q;

	memset(q, 0, sizeof *q);
	q->flags = MIP_D | MIP_T;
	q->lifetime_s = 300;
	q->home_agent = ip4(203, 0, 113, 2);
	q->care_of = a->from.addr;
	q->identification = a->k->now.ntp > a->last_id ? a->k->now.ntp : a->last_id + 1;
	q->pseudonym = a->spi;
	q->udp_tunnel = true;
	strcpy(q->nai, a->conf.nai);
	q->home4 = a->conf.home4;
	dh_free(a->dh);
	a->dh = dh_new(DH_X25519, NULL);
	q->sa.present = true;
	sa_policy p = sa_policy_default();
	sa_make_offer(&p, DH_X25519, ++a->spi_in, &q->sa.sa);
	q->sa.ke_group = DH_X25519;
	q->sa.ke_value = dh_public(a->dh);
	memset(q->sa.nonce, 0x77, NONCE_LEN);
}

static inline void away_build(away *a)
{
	a->last_id = a->q.identification;
	a->n = reg_request_build(&a->keys, &a->q, a->octets);
	assert_true(a->n > 0);
}

static inline void kit_datagram(kit *k, const dgram_in *d)
{
	home_core_datagram(k->h, k->now, d);
	if (!k->hold)
		kit_complete_all(k);
}

static inline void kit_deliver(kit *k, const away *a, uint8_t *p, size_t n)
{
	dgram_in d = { .ifindex = a->ifindex, .from = a->from, .local = a->local, .p = p, .n = n };

	kit_datagram(k, &d);
}

static inline void away_send(away *a)
{
	dgramq_clear(&a->k->tx);
	kit_deliver(a->k, a, a->octets, a->n);
}

/* The one reply in the queue: its code; -1: none. It must have gone back to where the request came from,
 * and unless it is a bare refusal be authentic. */
static inline int away_reply(away *a)
{
	const dgramq *q = &a->k->tx;
	reg_scan s;

	if (q->n_runs == 0)
		return -1;
	const dgram_run *run = &q->runs[q->n_runs - 1];
	assert_true(endpoint_equal(&run->route.to, &a->from));
	assert_true(ip_equal(&run->route.from, &a->local));
	assert_true(reg_scan_message(q->bytes + run->at, run->len, &s) && s.is_reply);
	if (!s.mobile_home.present) {
		assert_int_equal(run->len, MIP_REPLY_LEN);
		assert_true(run->len <= a->n);
		return s.reply.code;
	}
	assert_true(reg_verify_mobile_home(&s, &a->keys));
	assert_true(reg_reply_open(&s, &a->keys, &a->r));
	return a->r.code;
}

static inline int away_ask(away *a)
{
	away_build(a);
	away_send(a);
	return away_reply(a);
}

/* The association that the last reply granted, as the client derives it. */
static inline void away_derive(away *a)
{
	uint8_t shared[DH_MAX_VALUE];
	sa_choice c;
	sa_keys keys;

	assert_true(a->r.sa.present);
	assert_true(sa_check_answer(&a->q.sa.sa.payload, &a->r.sa.payload, &c));
	size_t n = dh_shared(a->dh, a->r.sa.ke_value, shared, NULL);
	assert_true(n > 0);
	sa_key_input in = { .dh_shared = { shared, n },
			    .key0 = a->keys.key0,
			    .request_id = a->q.identification,
			    .reply_id = a->r.identification,
			    .client_spi = a->spi_in,
			    .home_spi = c.peer_spi,
			    .cipher = c.cipher };
	memcpy(in.client_nonce, a->q.sa.nonce, NONCE_LEN);
	memcpy(in.home_nonce, a->r.sa.nonce, NONCE_LEN);
	assert_true(reg_derive_sa_keys(&in, &keys));
	esp_sa_free(a->in);
	esp_sa_free(a->out);
	a->in = esp_sa_new(&(esp_params){ c.cipher, ESP_IN, true, a->spi_in, keys.to_client },
			   NULL);
	a->out = esp_sa_new(&(esp_params){ c.cipher, ESP_OUT, true, c.peer_spi, keys.to_home },
			    NULL);
	assert_true(a->in && a->out);
}

static inline void away_register(away *a)
{
	away_prepare(a);
	assert_int_equal(away_ask(a), MIP_ACCEPTED);
	a->spi = a->r.next_pseudonym;
	away_derive(a);
}

/* Seals with the given association and delivers. */
static inline void away_esp(away *a, esp_sa *out, const void *inner, size_t n, uint8_t next)
{
	static uint8_t pkt[2048]; /* stays for join, which borrows */

	memcpy(pkt + ESP_PAYLOAD_AT, inner, n);
	size_t len = esp_seal(out, pkt, n, next);
	assert_true(len > 0);
	kit_deliver(a->k, a, pkt, len);
}

static inline void away_echo(away *a, esp_sa *out, uint8_t flags)
{
	uint8_t b[CTL_LEN];
	wire_wr w = wire_writer(b, sizeof b);

	ctl_put(&w, &(ctl_msg){ .kind = CTL_ECHO, .flags = flags, .id = 5, .size = 64 }, 0);
	dgramq_clear(&a->k->tx);
	away_esp(a, out, b, sizeof b, ESP_NEXT_CTL);
}

/* A UDP packet of n octets in all. */
static inline void make_ip4(uint8_t *p, size_t n, const ip_addr *src, const ip_addr *dst, bool df)
{
	ip_view v;

	memset(p, 0, n);
	p[0] = 0x45;
	store_be16(p + 2, (uint16_t)n);
	p[6] = df ? 0x40 : 0;
	p[8] = 64;
	p[9] = IPPROTO_NUM_UDP;
	memcpy(p + 12, src->b, 4);
	memcpy(p + 16, dst->b, 4);
	store_be16(p + 24, (uint16_t)(n - 20));
	v = (ip_view){ .version = 4, .hdr_len = 20, .len = (uint32_t)n };
	ip_set_len(p, &v, (uint32_t)n);
}

/* From the TUN to the client's permanent address. */
static inline void kit_packet(kit *k, const ip_addr *dst, size_t n, bool df)
{
	static uint8_t in[VNET_HDR_LEN + 2048];
	const ip_addr lan = ip4(192, 168, 50, 20);

	memset(in, 0, VNET_HDR_LEN);
	make_ip4(in + VNET_HDR_LEN, n, &lan, dst, df);
	dgramq_clear(&k->tx);
	home_core_packet(k->h, k->now, in, VNET_HDR_LEN + n);
}

/* How many ESP packets lie in the queue for this address. */
static inline unsigned kit_queued(const kit *k, const endpoint *to)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < k->tx.n_runs; i++)
		if (endpoint_equal(&k->tx.runs[i].route.to, to))
			n += k->tx.runs[i].n_segs;
	return n;
}

/* Opens the first packet in the queue with this association. */
static inline bool away_opens(away *a, esp_sa *in, esp_opened *o)
{
	const dgramq *q = &a->k->tx;

	return q->n_runs > 0 && esp_open(in, q->bytes + q->runs[0].at, q->runs[0].seg, o) == ESP_OK;
}

/* Octets of the heap in use. AddressSanitizer's allocator has its own account. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));
static inline size_t kit_heap(void)
{
	return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes()
						       : mallinfo2().uordblks;
}

typedef struct kit_bindings {
	unsigned n;
	home_binding_status last;
} kit_bindings;
static inline void kit_count_binding(void *ctx, const home_binding_status *s)
{
	kit_bindings *b = ctx;

	b->n++;
	b->last = *s;
}
static inline kit_bindings kit_status(const kit *k)
{
	kit_bindings b = { 0 };

	home_core_each_binding(k->h, k->now, kit_count_binding, &b);
	return b;
}

/* A home server with one client, which: is there; has a request prepared; is registered and in use. */
#define SCENE(k, a)                                                                                \
	kit k;                                                                                     \
	away a;                                                                                    \
	kit_open(&k);                                                                              \
	kit_add(&k, 1);                                                                            \
	away_open(&a, &k, 1)
#define SCENE_PREPARED(k, a)                                                                       \
	SCENE(k, a);                                                                               \
	away_prepare(&a)
#define SCENE_REGISTERED(k, a)                                                                     \
	SCENE(k, a);                                                                               \
	away_register(&a);                                                                         \
	away_echo(&a, a.out, 0)
#define END(k, a)                                                                                  \
	away_close(&a);                                                                            \
	kit_close(&k)

#endif
