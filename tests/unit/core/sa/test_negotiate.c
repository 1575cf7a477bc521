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

/* docs/protocol.md 6 has these octets. */
TEST(an_offer_is_written_as_the_protocol_document_has_it)
{
	static const uint8_t want[] = {
		0x10, 0x01, 0x00, 0x38, 0x11, 0x01, 0x00, 0x34, 0x01, 0x01, 0x03, 0x02, 0x00, 0x00,
		0x0e, 0x10, 0x20, 0x00, 0x00, 0x01, 0x12, 0x01, 0x00, 0x14, 0x01, 0x00, 0x14, 0x02,
		0x80, 0x04, 0x00, 0x1f, 0x80, 0x05, 0x00, 0x01, 0x80, 0x0e, 0x00, 0x80, 0x12, 0x01,
		0x00, 0x10, 0x02, 0x00, 0x1c, 0x02, 0x80, 0x04, 0x00, 0x1f, 0x80, 0x05, 0x00, 0x01,
	};
	sa_policy p = policy("aes-128-gcm, chacha20-poly1305", "x25519");
	uint8_t b[256];
	wire_wr w = wire_writer(b, sizeof b);
	sa_offer offer;

	sa_make_offer(&p, DH_X25519, 0x20000001, &offer);
	sa_payload_put(&w, &offer.payload);
	assert_false(w.bad);
	assert_int_equal(wire_len(&w), sizeof want);
	assert_memory_equal(b, want, sizeof want);
}

TEST(what_is_offered_without_a_configuration)
{
	sa_policy p = sa_policy_default();
	sa_offer offer;

	sa_make_offer(&p, DH_P384, client_spi, &offer);
	assert_int_equal(offer.payload.n_proposals, 4); /* the group of the key exchange first */
	static const uint16_t groups[] = { DH_P384, DH_X25519, DH_P256, DH_MODP2048 };
	static const uint16_t ids[] = { SA_ENCR_AES_GCM_16, SA_ENCR_CHACHA20_POLY1305,
					SA_ENCR_AES_GCM_16 };
	static const uint16_t bits[] = { 128, 0, 256 };
	for (unsigned i = 0; i < 4; i++) {
		const sa_proposal *pr = &offer.payload.proposals[i];
		assert_int_equal(pr->number, i + 1);
		assert_int_equal(pr->protocol_number, 1);
		assert_int_equal(pr->lifetime_s, 3600);
		assert_int_equal(pr->spi, client_spi);
		assert_int_equal(pr->n_transforms, 3);
		for (unsigned t = 0; t < 3; t++) {
			const sa_transform *tr = &pr->transforms[t];
			uint16_t v = 0;
			assert_int_equal(tr->number, t + 1);
			assert_int_equal(tr->id, ids[t]);
			assert_true(sa_attr_u16(tr, SA_ATTR_GROUP, &v) && v == groups[i]);
			assert_int_equal(sa_attr_u16(tr, SA_ATTR_KEY_LENGTH, &v), bits[t] > 0);
			assert_true(bits[t] == 0 || v == bits[t]);
		}
	}
}

static sa_verdict choose_with_esn(uint16_t esn)
{
	sa_policy p = policy("aes-128-gcm", "x25519");
	sa_offer offer;
	sa_choice c;

	sa_make_offer(&p, DH_X25519, client_spi, &offer);
	sa_attr_set_u16(&offer.payload.proposals[0].transforms[0], SA_ATTR_ESN, esn,
			offer.storage[0][0][1]);
	return sa_choose(&p, &offer.payload, DH_X25519, &c);
}

TEST(an_association_without_extended_sequence_numbers_is_not_taken)
{
	sa_policy p = policy("aes-128-gcm", "x25519");
	sa_offer offer;
	sa_choice c;

	assert_int_equal(choose_with_esn(0), SA_NONE_ACCEPTABLE);
	assert_int_equal(choose_with_esn(1), SA_CHOSEN);
	assert_int_equal(choose_with_esn(2), SA_NONE_ACCEPTABLE);
	sa_make_offer(&p, DH_X25519, client_spi, &offer);
	sa_transform *t = &offer.payload.proposals[0].transforms[0];
	t->attributes[1] = t->attributes[--t->n_attributes]; /* not even mentioned */
	assert_int_equal(sa_choose(&p, &offer.payload, DH_X25519, &c), SA_NONE_ACCEPTABLE);
}

TEST(an_offer_for_another_association_or_protocol_is_not_taken)
{
	sa_policy p = policy("aes-128-gcm", "x25519");
	sa_offer offer;
	sa_choice c;

	sa_make_offer(&p, DH_X25519, client_spi, &offer);
	for (uint8_t subtype = 0; subtype < 6; subtype++) {
		offer.payload.subtype = subtype;
		assert_int_equal(sa_choose(&p, &offer.payload, DH_X25519, &c),
				 subtype == SA_CLIENT_HOME ? SA_CHOSEN : SA_NONE_ACCEPTABLE);
	}
	offer.payload.subtype = SA_CLIENT_HOME;
	for (uint8_t protocol = 0; protocol < 6; protocol++) {
		offer.payload.proposals[0].protocol_id = protocol;
		assert_int_equal(sa_choose(&p, &offer.payload, DH_X25519, &c),
				 protocol == SA_PROTO_ESP ? SA_CHOSEN : SA_NONE_ACCEPTABLE);
	}
}

TEST(a_cipher_is_known_by_its_id_and_its_key_length)
{
	sa_policy p = policy("aes-256-gcm", "x25519"), any = sa_policy_default();
	sa_offer offer;
	sa_choice c;

	sa_make_offer(&p, DH_X25519, client_spi, &offer);
	sa_transform *t = &offer.payload.proposals[0].transforms[0];
	assert_int_equal(sa_choose(&any, &offer.payload, DH_X25519, &c), SA_CHOSEN);
	assert_int_equal(c.cipher, ESP_AES_256_GCM);
	sa_attr_set_u16(t, SA_ATTR_KEY_LENGTH, 192, offer.storage[0][0][2]);
	assert_int_equal(sa_choose(&any, &offer.payload, DH_X25519, &c), SA_NONE_ACCEPTABLE);
	sa_attr_set_u16(t, SA_ATTR_KEY_LENGTH, 256, offer.storage[0][0][2]);
	t->id = SA_ENCR_CHACHA20_POLY1305; /* has no key length */
	assert_int_equal(sa_choose(&any, &offer.payload, DH_X25519, &c), SA_NONE_ACCEPTABLE);
	t->n_attributes--;
	assert_int_equal(sa_choose(&any, &offer.payload, DH_X25519, &c), SA_CHOSEN);
	assert_int_equal(c.cipher, ESP_CHACHA20_POLY1305);
}

TEST(an_spi_that_other_messages_could_be_taken_for_is_refused)
{
	sa_policy p = sa_policy_default();
	sa_offer offer;
	sa_choice c;

	sa_make_offer(&p, DH_X25519, ESP_MIN_SPI - 1, &offer);
	assert_int_equal(sa_choose(&p, &offer.payload, DH_X25519, &c), SA_NONE_ACCEPTABLE);
	sa_make_offer(&p, DH_X25519, ESP_MIN_SPI, &offer);
	assert_int_equal(sa_choose(&p, &offer.payload, DH_X25519, &c), SA_CHOSEN);
	assert_int_equal(c.peer_spi, ESP_MIN_SPI);
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
	client.lifetime_s = 0; /* none is asked for */
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

TEST(an_answer_has_the_numbers_of_what_was_chosen)
{
	sa_policy client = policy("aes-128-gcm, aes-256-gcm", "x25519, p256"),
		  home = policy("aes-256-gcm", "p256");
	sa_offer offer, answer;
	sa_choice c, got;

	client.lifetime_s = 1200;
	sa_make_offer(&client, DH_X25519, client_spi, &offer);
	assert_int_equal(sa_choose(&home, &offer.payload, DH_P256, &c), SA_CHOSEN);
	assert_int_equal(c.proposal_number, 2);
	assert_int_equal(c.transform_number, 2);
	sa_make_answer(&c, home_spi, &answer);
	const sa_proposal *pr = &answer.payload.proposals[0];
	assert_int_equal(answer.payload.subtype, SA_CLIENT_HOME);
	assert_int_equal(answer.payload.n_proposals, 1);
	assert_int_equal(pr->number, 2);
	assert_int_equal(pr->protocol_id, SA_PROTO_ESP);
	assert_int_equal(pr->lifetime_s, 1200);
	assert_int_equal(pr->spi, home_spi);
	assert_int_equal(pr->n_transforms, 1);
	assert_int_equal(pr->transforms[0].number, 2);
	assert_int_equal(pr->transforms[0].n_keys, 2);
	assert_true(sa_check_answer(&offer.payload, &answer.payload, &got));
	assert_int_equal(got.proposal_number, 2);
	assert_int_equal(got.transform_number, 2);
	assert_int_equal(got.lifetime_s, 1200);
	assert_int_equal(got.group, DH_P256);
	c.group = DH_X25519; /* was offered, but as proposal 1 */
	sa_make_answer(&c, home_spi, &answer);
	assert_false(sa_check_answer(&offer.payload, &answer.payload, &got));
	c.proposal_number = 1;
	sa_make_answer(&c, home_spi, &answer);
	assert_true(sa_check_answer(&offer.payload, &answer.payload, &got));
	c.group = DH_P256;
	sa_make_answer(&c, home_spi, &answer);
	assert_false(sa_check_answer(&offer.payload, &answer.payload, &got));
}

TEST(an_answer_of_any_other_form_is_refused)
{
	sa_policy p = policy("aes-128-gcm, aes-256-gcm", "x25519, p256");
	sa_offer offer, good, answer;
	sa_choice c, got;

	sa_make_offer(&p, DH_X25519, client_spi, &offer);
	assert_int_equal(sa_choose(&p, &offer.payload, DH_X25519, &c), SA_CHOSEN);
	sa_make_answer(&c, home_spi, &good);
	assert_true(sa_check_answer(&offer.payload, &good.payload, &got));
#define REFUSED_WITH(change)                                                                       \
	do {                                                                                       \
		answer = good;                                                                     \
		sa_proposal *pr = &answer.payload.proposals[0];                                    \
		sa_transform *t = &pr->transforms[0];                                              \
		(void)t;                                                                           \
		change;                                                                            \
		assert_false(sa_check_answer(&offer.payload, &answer.payload, &got));              \
	} while (0)
	REFUSED_WITH(answer.payload.subtype = SA_CLIENT_RELAY);
	REFUSED_WITH((answer.payload.proposals[1] = *pr, answer.payload.proposals[1].number = 2,
		      answer.payload.n_proposals = 2)); /* an alternative is no choice */
	REFUSED_WITH((pr->transforms[1] = *t, pr->n_transforms = 2));
	REFUSED_WITH(pr->n_transforms = 0);
	REFUSED_WITH(pr->number = 3);
	REFUSED_WITH(pr->number = 0);
	REFUSED_WITH(pr->protocol_id = SA_PROTO_AUTH);
	REFUSED_WITH(pr->spi = ESP_MIN_SPI - 1);
	REFUSED_WITH(t->number = 3);
	REFUSED_WITH(t->id = SA_ENCR_CHACHA20_POLY1305);
	REFUSED_WITH(t->n_attributes = 2); /* AES without a key length */
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
	assert_int_equal(p.groups[1], DH_X25519);
	assert_true(sa_policy_parse_groups("x25519\tp256,p384 modp2048", &p, &e));
	assert_int_equal(p.n_groups, SA_POLICY_GROUPS);
	assert_false(sa_policy_parse_groups("x25519,p256,p384,modp2048,x25519", &p, &e));
	assert_false(sa_policy_parse_groups(" , ", &p, &e));
	assert_true(sa_policy_parse_ciphers("aes-256-gcm,aes-128-gcm,chacha20-poly1305", &p, &e));
	assert_int_equal(p.n_ciphers, SA_POLICY_CIPHERS);
	assert_int_equal(p.ciphers[0], ESP_AES_256_GCM);
	assert_int_equal(p.ciphers[2], ESP_CHACHA20_POLY1305);
	/* a word that no name is as long as; 31 octets are still named in the error */
	assert_false(sa_policy_parse_ciphers("abcdefghijklmnopqrstuvwxyz01234", &p, &e));
	assert_non_null(strstr(e.text, "abcdefghijklmnopqrstuvwxyz01234"));
	assert_false(sa_policy_parse_ciphers("abcdefghijklmnopqrstuvwxyz012345", &p, &e));
	assert_null(strstr(e.text, "abcdefghijklmnopqrstuvwxyz"));
	assert_false(
		sa_policy_parse_ciphers("aes-128-gcm, abcdefghijklmnopqrstuvwxyz012345", &p, &e));
}

RUN(T(the_initiators_order_decides), T(the_first_transform_that_is_acceptable_is_taken),
    T(a_group_without_its_key_exchange_is_asked_for), T(nothing_in_common_is_refused),
    T(protocols_that_are_asked_for_together_are_passed_over),
    T(an_offer_is_written_as_the_protocol_document_has_it),
    T(what_is_offered_without_a_configuration),
    T(an_association_without_extended_sequence_numbers_is_not_taken),
    T(an_offer_for_another_association_or_protocol_is_not_taken),
    T(a_cipher_is_known_by_its_id_and_its_key_length),
    T(an_spi_that_other_messages_could_be_taken_for_is_refused), T(the_lesser_lifetime_is_granted),
    T(an_answer_is_believed_only_if_it_was_offered),
    T(an_answer_has_the_numbers_of_what_was_chosen), T(an_answer_of_any_other_form_is_refused),
    T(lists_of_the_configuration_are_checked))
