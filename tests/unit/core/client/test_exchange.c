/* SPDX-License-Identifier: MIT */
#include "core/client/exchange.h"
#include "unit.h"

enum { OUR_SPI = 0x31000001, HOMES_SPI = 0x42000001, REQUEST_ID = 10, REPLY_ID = 11 };

static client_conf conf;
static client_events events;
static const logger silent;
static const client_host host = { .conf = &conf, .log = &silent, .events = &events };
static client_credential credential;
static client_exchange exchange;
static client_offer offer;
static reg_request request;

static void start(void)
{
	conf.policy = sa_policy_default();
	memset(conf.key0, 7, sizeof conf.key0);
	assert_true(client_credential_init(&credential, &host, &(client_saved){ 0 }));
	client_exchange_init(&exchange, &host, &credential);
	offer = (client_offer){ .request_id = REQUEST_ID, .spi = OUR_SPI };
	request = (reg_request){ 0 };
}

/* Home's side: its answer to the offer, and the keys that it derives. */
static reg_reply answer(sa_offer *storage, sa_keys *keys)
{
	static uint8_t value[DH_MAX_VALUE];
	reg_reply r = { .lifetime_s = 600, .identification = REPLY_ID };
	uint8_t shared[DH_MAX_VALUE];
	const sa_policy policy = sa_policy_default();
	sa_choice c;
	dh *d = dh_new(request.sa.ke_group, NULL);

	assert_non_null(d);
	assert_true(sa_choose(&policy, &request.sa.sa.payload, request.sa.ke_group, &c) ==
		    SA_CHOSEN);
	sa_make_answer(&c, HOMES_SPI, storage);
	size_t n = dh_shared(d, request.sa.ke_value, shared, NULL);
	assert_true(n > 0);
	memcpy(value, dh_public(d).p, dh_public(d).n);
	r.sa = (reg_sa){ .present = true,
			 .payload = storage->payload,
			 .ke_group = request.sa.ke_group,
			 .ke_value = { value, dh_public(d).n } };
	memset(r.sa.nonce, 0x99, NONCE_LEN);
	sa_key_input in = { .dh_shared = { shared, n },
			    .key0 = conf.key0,
			    .request_id = REQUEST_ID,
			    .reply_id = REPLY_ID,
			    .client_spi = OUR_SPI,
			    .home_spi = HOMES_SPI,
			    .cipher = c.cipher };
	memcpy(in.client_nonce, request.sa.nonce, NONCE_LEN);
	memcpy(in.home_nonce, r.sa.nonce, NONCE_LEN);
	assert_true(reg_derive_sa_keys(&in, keys));
	dh_free(d);
	return r;
}

TEST(both_ends_derive_the_same_keys)
{
	sa_keys ours, homes;
	sa_choice choice;
	sa_offer storage;

	start();
	assert_true(client_exchange_offer(&exchange, &offer, &request));
	const reg_reply r = answer(&storage, &homes);
	assert_true(client_exchange_finish(&exchange, &offer, &r, &ours, &choice));
	assert_memory_equal(&ours, &homes, sizeof ours);
	assert_int_equal(choice.peer_spi, HOMES_SPI);
	client_exchange_end(&exchange);
}

TEST(all_requests_of_an_attempt_offer_the_same_value_and_nonce_and_those_of_the_next_do_not)
{
	uint8_t first[DH_MAX_VALUE], nonce[NONCE_LEN];
	reg_request next = { 0 };

	start();
	assert_true(client_exchange_offer(&exchange, &offer, &request));
	size_t n = request.sa.ke_value.n;
	memcpy(first, request.sa.ke_value.p, n);
	memcpy(nonce, request.sa.nonce, NONCE_LEN);
	assert_true(client_exchange_offer(&exchange, &offer, &next));
	assert_true(next.sa.present && next.sa.ke_group == exchange.group);
	assert_memory_equal(next.sa.ke_value.p, first, n);
	assert_memory_equal(next.sa.nonce, nonce, NONCE_LEN);
	client_exchange_end(&exchange);
	assert_true(client_exchange_offer(&exchange, &offer, &next));
	assert_memory_not_equal(next.sa.ke_value.p, first, n);
	assert_memory_not_equal(next.sa.nonce, nonce, NONCE_LEN);
	client_exchange_end(&exchange);
}

TEST(home_may_ask_for_another_group_of_the_profile_alone)
{
	start();
	const uint16_t first = exchange.group;
	assert_int_equal(first, conf.policy.groups[0]);
	assert_true(conf.policy.n_groups > 1);
	assert_false(client_exchange_set_group(&exchange, first));
	assert_false(client_exchange_set_group(&exchange, 4711));
	assert_false(client_exchange_set_group(&exchange, 1));
	assert_false(client_exchange_set_group(&exchange, first + 0x10000u));
	assert_int_equal(exchange.group, first);
	assert_true(client_exchange_offer(&exchange, &offer, &request));
	unsigned last = conf.policy.n_groups - 1u;
	assert_true(client_exchange_set_group(&exchange, conf.policy.groups[last]));
	assert_null(exchange.dh);
	assert_true(client_exchange_offer(&exchange, &offer, &request));
	assert_int_equal(request.sa.ke_group, conf.policy.groups[last]);
	assert_int_equal(offer.group, conf.policy.groups[last]);
	client_exchange_end(&exchange);
}

TEST(an_answer_that_does_not_fit_the_offer_is_refused)
{
	sa_keys ours, homes;
	sa_choice choice;
	sa_offer storage;

	start();
	assert_true(client_exchange_offer(&exchange, &offer, &request));
	const reg_reply good = answer(&storage, &homes);
	reg_reply r = good;
	r.sa.ke_group++;
	assert_false(client_exchange_finish(&exchange, &offer, &r, &ours, &choice));
	r.sa.ke_group -= 2;
	assert_false(client_exchange_finish(&exchange, &offer, &r, &ours, &choice));
	r = good;
	r.sa.ke_value.n--;
	assert_false(client_exchange_finish(&exchange, &offer, &r, &ours, &choice));
	client_offer other = offer;
	other.spi = 0; /* nothing was asked for */
	assert_false(client_exchange_finish(&exchange, &other, &good, &ours, &choice));
	other = offer;
	other.group = 4711;
	assert_false(client_exchange_finish(&exchange, &other, &good, &ours, &choice));
	client_exchange_end(&exchange);
	assert_false(client_exchange_finish(&exchange, &offer, &good, &ours, &choice));
}

RUN(T(both_ends_derive_the_same_keys),
    T(all_requests_of_an_attempt_offer_the_same_value_and_nonce_and_those_of_the_next_do_not),
    T(home_may_ask_for_another_group_of_the_profile_alone),
    T(an_answer_that_does_not_fit_the_offer_is_refused))
