/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "core/sa/negotiate.h"

static const uint32_t client_spi = 0x31000001, home_spi = 0x42000001;

static sa_policy policy(const char *ciphers, const char *groups)
{
	sa_policy p = sa_policy_default();
	err e;

	assert_true(sa_policy_parse_ciphers(ciphers, &p, &e));
	assert_true(sa_policy_parse_groups(groups, &p, &e));
	return p;
}

TEST(the_initiators_order_decides)
{
	sa_policy client = policy("chacha20-poly1305, aes-128-gcm", "x25519"),
		  home = sa_policy_default();
	sa_offer offer;
	sa_choice c;

	sa_make_offer(&client, DH_X25519, client_spi, &offer);
	assert_int_equal(sa_choose(&home, &offer.payload, DH_X25519, &c), SA_CHOSEN);
	assert_int_equal(c.cipher, ESP_CHACHA20_POLY1305);
	assert_int_equal(c.peer_spi, client_spi);
}

TEST(the_first_transform_that_is_acceptable_is_taken)
{
	sa_policy client = sa_policy_default(), home = policy("aes-256-gcm", "x25519, p384");
	sa_offer offer;
	sa_choice c;

	sa_make_offer(&client, DH_X25519, client_spi, &offer);
	assert_int_equal(sa_choose(&home, &offer.payload, DH_X25519, &c), SA_CHOSEN);
	assert_int_equal(c.cipher, ESP_AES_256_GCM);
	assert_int_equal(c.group, DH_X25519);
}

TEST(a_group_without_its_key_exchange_is_asked_for)
{
	sa_policy client = sa_policy_default(), home = policy("aes-128-gcm", "p384");
	sa_offer offer;
	sa_choice c;

	sa_make_offer(&client, DH_X25519, client_spi, &offer);
	assert_int_equal(sa_choose(&home, &offer.payload, DH_X25519, &c), SA_WRONG_GROUP);
	assert_int_equal(c.group, DH_P384);
	sa_make_offer(&client, DH_P384, client_spi, &offer);
	assert_int_equal(sa_choose(&home, &offer.payload, DH_P384, &c), SA_CHOSEN);
}

TEST(nothing_in_common_is_refused)
{
	sa_policy client = policy("aes-128-gcm", "x25519"), home = policy("aes-256-gcm", "x25519");
	sa_offer offer;
	sa_choice c;

	sa_make_offer(&client, DH_X25519, client_spi, &offer);
	assert_int_equal(sa_choose(&home, &offer.payload, DH_X25519, &c), SA_NONE_ACCEPTABLE);
}

TEST(protocols_that_are_asked_for_together_are_passed_over)
{
	sa_policy p = sa_policy_default();
	sa_offer offer;
	sa_choice c;

	sa_make_offer(&p, DH_X25519, client_spi, &offer);
	offer.payload.proposals[1].number = offer.payload.proposals[0].number;
	offer.payload.proposals[1].protocol_id =
		SA_PROTO_AUTH; /* ESP AND authentication, or the others */
	assert_int_equal(sa_choose(&p, &offer.payload, DH_X25519, &c), SA_WRONG_GROUP);
	assert_int_equal(c.group, DH_P384);
}

TEST(an_association_without_extended_sequence_numbers_is_not_taken)
{
	sa_policy p = policy("aes-128-gcm", "x25519");
	sa_offer offer;
	sa_choice c;

	sa_make_offer(&p, DH_X25519, client_spi, &offer);
	sa_attr_set_u16(&offer.payload.proposals[0].transforms[0], SA_ATTR_ESN, 0,
			offer.storage[0][0][1]);
	sa_transform *t = &offer.payload.proposals[0].transforms[0];
	t->attributes[1] =
		t->attributes[--t->n_attributes]; /* whatever set did, no ESN = 1 is left */
	assert_int_equal(sa_choose(&p, &offer.payload, DH_X25519, &c), SA_NONE_ACCEPTABLE);
}

TEST(an_spi_that_other_messages_could_be_taken_for_is_refused)
{
	sa_policy p = sa_policy_default();
	sa_offer offer;
	sa_choice c;

	sa_make_offer(&p, DH_X25519, 0x01000000, &offer);
	assert_int_equal(sa_choose(&p, &offer.payload, DH_X25519, &c), SA_NONE_ACCEPTABLE);
}

TEST(the_lesser_lifetime_is_granted)
{
	sa_policy client = sa_policy_default(), home = sa_policy_default();
	sa_offer offer;
	sa_choice c;

	client.lifetime_s = 100;
	sa_make_offer(&client, DH_X25519, client_spi, &offer);
	assert_int_equal(sa_choose(&home, &offer.payload, DH_X25519, &c), SA_CHOSEN);
	assert_int_equal(c.lifetime_s, 100);
	client.lifetime_s = 1u << 30;
	sa_make_offer(&client, DH_X25519, client_spi, &offer);
	assert_int_equal(sa_choose(&home, &offer.payload, DH_X25519, &c), SA_CHOSEN);
	assert_int_equal(c.lifetime_s, home.lifetime_s);
}

TEST(an_answer_is_believed_only_if_it_was_offered)
{
	sa_policy client = policy("aes-256-gcm, chacha20-poly1305", "x25519"),
		  home = sa_policy_default();
	sa_offer offer, answer;
	sa_choice c, got;

	sa_make_offer(&client, DH_X25519, client_spi, &offer);
	assert_int_equal(sa_choose(&home, &offer.payload, DH_X25519, &c), SA_CHOSEN);
	sa_make_answer(&c, home_spi, &answer);
	assert_true(sa_check_answer(&offer.payload, &answer.payload, &got));
	assert_int_equal(got.cipher, ESP_AES_256_GCM);
	assert_int_equal(got.peer_spi, home_spi);

	c.cipher = ESP_AES_128_GCM; /* a downgrade to what was not offered */
	sa_make_answer(&c, home_spi, &answer);
	assert_false(sa_check_answer(&offer.payload, &answer.payload, &got));
	c.cipher = ESP_CHACHA20_POLY1305; /* offered, but under another number */
	sa_make_answer(&c, home_spi, &answer);
	assert_false(sa_check_answer(&offer.payload, &answer.payload, &got));
	c.transform_number = 2;
	sa_make_answer(&c, home_spi, &answer);
	assert_true(sa_check_answer(&offer.payload, &answer.payload, &got));
	answer.payload.n_proposals = 0;
	assert_false(sa_check_answer(&offer.payload, &answer.payload, &got));
}

TEST(lists_of_the_configuration_are_checked)
{
	sa_policy p = sa_policy_default();
	err e;

	assert_false(sa_policy_parse_ciphers("", &p, &e));
	assert_false(sa_policy_parse_ciphers("aes-128-cbc", &p, &e));
	assert_non_null(strstr(e.text, "aes-128-cbc"));
	assert_false(
		sa_policy_parse_ciphers("aes-128-gcm,aes-128-gcm,aes-128-gcm,aes-128-gcm", &p, &e));
	assert_false(sa_policy_parse_groups("modp1024", &p, &e));
	assert_true(sa_policy_parse_groups(" p256 , x25519 ", &p, &e));
	assert_int_equal(p.n_groups, 2);
	assert_int_equal(p.groups[0], DH_P256);
}

RUN(T(the_initiators_order_decides), T(the_first_transform_that_is_acceptable_is_taken),
    T(a_group_without_its_key_exchange_is_asked_for), T(nothing_in_common_is_refused),
    T(protocols_that_are_asked_for_together_are_passed_over),
    T(an_association_without_extended_sequence_numbers_is_not_taken),
    T(an_spi_that_other_messages_could_be_taken_for_is_refused), T(the_lesser_lifetime_is_granted),
    T(an_answer_is_believed_only_if_it_was_offered), T(lists_of_the_configuration_are_checked))
