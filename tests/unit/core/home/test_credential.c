/* SPDX-License-Identifier: MIT */
#include "core/home/credential.h"
#include "unit.h"

enum { PROFILE = 0x30000000, NOW = 0x50000000, BEFORE = 0x40000000 };

typedef struct fixture {
	home_credentials all;
	home_client_conf conf;
	home_credential c, other;
} fixture;

static void set_up(fixture *f)
{
	const home_client_state used = { .last_id = 7, .spi_now = NOW, .spi_before = BEFORE };
	err e;

	*f = (fixture){ .conf = { .spi = PROFILE, .auth = AUTH_HMAC_SHA256_128 } };
	assert_true(home_credentials_open(&f->all));
	assert_true(home_credential_open(&f->c, &f->all, f, &f->conf, &used, &e));
}

static void tear_down(fixture *f)
{
	home_credential_close(&f->c, &f->all);
	home_credentials_close(&f->all);
}

static bool another_may_have(fixture *f, uint32_t spi)
{
	home_client_conf conf = { .spi = spi, .auth = AUTH_HMAC_SHA256_128 };
	err e;

	if (!home_credential_open(&f->other, &f->all, f, &conf, &(home_client_state){ 0 }, &e))
		return false;
	home_credential_close(&f->other, &f->all);
	return true;
}

TEST(a_reserved_pseudonym_is_nobody_elses_and_leads_nowhere_yet)
{
	static const uint32_t spis[] = { 0x20000000, 0x35000000, 0x45000000, 0x60000000 };
	fixture f;

	set_up(&f);
	for (size_t i = 0; i < COUNT(spis); i++) {
		assert_true(another_may_have(&f, spis[i]));
		assert_true(home_credential_reserve(&f.c, &f.all, spis[i]));
		assert_null(home_credentials_find(&f.all, spis[i]));
		assert_false(another_may_have(&f, spis[i]));
		home_credential_release(&f.c, &f.all);
		assert_true(another_may_have(&f, spis[i]));
	}
	tear_down(&f);
}

TEST(ones_own_pseudonyms_stay_in_use_while_they_are_reserved_again)
{
	static const uint32_t spis[] = { PROFILE, NOW, BEFORE };
	fixture f;

	set_up(&f);
	for (size_t i = 0; i < COUNT(spis); i++) {
		assert_true(home_credential_reserve(&f.c, &f.all, spis[i]));
		assert_ptr_equal(home_credentials_find(&f.all, spis[i]), &f.c);
		home_credential_release(&f.c, &f.all);
		assert_ptr_equal(home_credentials_find(&f.all, spis[i]), &f.c);
	}
	tear_down(&f);
}

TEST(a_credential_is_of_its_configuration_alone)
{
	fixture f;

	set_up(&f);
	assert_true(home_credential_is_of(&f.c, &f.conf));
	for (unsigned bit = 0; bit < 8; bit++) {
		home_client_conf other = f.conf;
		other.key0[KEY0_LEN - 1] ^= (uint8_t)(1u << bit);
		assert_false(home_credential_is_of(&f.c, &other));
		other = f.conf;
		other.spi ^= 1u << bit;
		assert_false(home_credential_is_of(&f.c, &other));
	}
	home_client_conf md5 = f.conf;
	md5.auth = AUTH_HMAC_MD5;
	assert_false(home_credential_is_of(&f.c, &md5));
	tear_down(&f);
}

TEST(a_credential_of_an_older_algorithm_is_not_of_a_newer_one)
{
	fixture f;
	err e;

	set_up(&f);
	home_client_conf md5 = f.conf;
	md5.auth = AUTH_HMAC_MD5;
	assert_true(home_credential_change(&f.c, &f.all, &md5, &e));
	assert_true(home_credential_is_of(&f.c, &md5));
	assert_false(home_credential_is_of(&f.c, &f.conf));
	tear_down(&f);
}

/* Whichever of the two was there first. */
TEST(what_one_credential_holds_no_other_gets_or_takes_away)
{
	fixture f;
	err e;

	set_up(&f);
	assert_false(another_may_have(&f, PROFILE));
	assert_ptr_equal(home_credentials_find(&f.all, PROFILE), &f.c);
	home_client_conf conf = { .spi = 0x20000000, .auth = AUTH_HMAC_SHA256_128 };
	const home_client_state used = { .spi_now = 0x21000000, .spi_before = 0x22000000 };
	assert_true(home_credential_open(&f.other, &f.all, &f, &conf, &used, &e));
	const uint32_t others[] = { conf.spi, used.spi_now, used.spi_before };
	for (size_t i = 0; i < COUNT(others); i++) {
		assert_false(home_credential_reserve(&f.c, &f.all, others[i]));
		f.conf.spi = others[i];
		assert_false(home_credential_change(&f.c, &f.all, &f.conf, &e));
		assert_ptr_equal(home_credentials_find(&f.all, others[i]), &f.other);
		assert_ptr_equal(home_credentials_find(&f.all, PROFILE), &f.c);
	}
	home_credential_close(&f.c, &f.all);
	for (size_t i = 0; i < COUNT(others); i++)
		assert_ptr_equal(home_credentials_find(&f.all, others[i]), &f.other);
	home_credential_close(&f.other, &f.all);
	home_credentials_close(&f.all);
}

TEST(a_credential_that_cannot_be_opened_leaves_nothing)
{
	const home_client_state clash = { .spi_now = 0x21000000, .spi_before = NOW };
	home_client_conf conf = { .spi = 0x20000000, .auth = AUTH_HMAC_SHA256_128 };
	fixture f;
	err e;

	set_up(&f);
	assert_false(home_credential_open(&f.other, &f.all, &f, &conf, &clash, &e));
	assert_ptr_equal(home_credentials_find(&f.all, NOW), &f.c);
	assert_true(another_may_have(&f, 0x20000000));
	assert_true(another_may_have(&f, 0x21000000));
	tear_down(&f);
}

TEST(pseudonyms_that_were_rotated_out_and_a_former_profiles_are_free)
{
	fixture f;
	err e;

	set_up(&f);
	home_credential_rotate(&f.c, &f.all, 9, 0x60000000, NOW);
	assert_true(f.c.last_id == 9);
	assert_true(another_may_have(&f, BEFORE));
	f.conf.spi = 0x20000000;
	assert_true(home_credential_change(&f.c, &f.all, &f.conf, &e));
	assert_true(another_may_have(&f, PROFILE));
	const uint32_t held[] = { 0x20000000, 0x60000000, NOW };
	for (size_t i = 0; i < COUNT(held); i++)
		assert_ptr_equal(home_credentials_find(&f.all, held[i]), &f.c);
	tear_down(&f);
}

RUN(T(what_one_credential_holds_no_other_gets_or_takes_away),
    T(a_credential_that_cannot_be_opened_leaves_nothing),
    T(pseudonyms_that_were_rotated_out_and_a_former_profiles_are_free),
    T(a_reserved_pseudonym_is_nobody_elses_and_leads_nowhere_yet),
    T(ones_own_pseudonyms_stay_in_use_while_they_are_reserved_again),
    T(a_credential_is_of_its_configuration_alone),
    T(a_credential_of_an_older_algorithm_is_not_of_a_newer_one))
