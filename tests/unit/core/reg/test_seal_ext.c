/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "core/reg/seal_ext.h"

enum { HDR = 20 };
static const uint8_t key[AEAD_KEY_LEN] = { 1, 2, 3 };
static uint8_t plain[SEAL_EXT_MAX_PLAIN + 1];

typedef struct message {
	uint8_t p[700];
	wire_wr w;
	mip_ext x;
} message;

static void start(message *m)
{
	memset(m->p, 0x33, sizeof m->p);
	m->w = wire_writer(m->p, sizeof m->p);
	wire_room(&m->w, HDR);
}

static bool put(message *m, size_t n)
{
	start(m);
	return seal_ext_put(&m->w, HDR, key, VENDOR_GENERAL_IP, IP_CARE_OF, 7,
			    (wire_bytes){ plain, n });
}

static bool get(message *m, general_ext *g)
{
	uint8_t out[SEAL_EXT_MAX_PLAIN];
	wire_rd r = wire_reader(m->p + HDR, wire_len(&m->w) - HDR);

	return mip_ext_next(&r, &m->x) &&
	       seal_ext_get((wire_bytes){ m->p, wire_len(&m->w) }, HDR, &m->x, key, g, out);
}

TEST(anything_up_to_256_octets_is_sealed_and_opened)
{
	static message m;
	general_ext g;
	const size_t lengths[] = { 0, 1, 4, 255, 256 };

	for (size_t i = 0; i < COUNT(lengths); i++) {
		assert_true(put(&m, lengths[i]) && get(&m, &g));
		assert_int_equal(g.data.n, lengths[i]);
		assert_true(g.encrypted);
		assert_int_equal(g.spi, 7);
		assert_int_equal(g.content_type, IP_CARE_OF);
	}
	assert_false(put(&m, 257));
}

TEST(what_is_sealed_depends_on_the_header_and_on_every_octet_of_its_own)
{
	static message m;
	general_ext g;

	assert_true(put(&m, 4));
	for (size_t i = 0; i < wire_len(&m.w); i++) {
		m.p[i] ^= 0x08;
		assert_false(get(&m, &g) && g.encrypted);
		m.p[i] ^= 0x08;
	}
	assert_true(get(&m, &g));
}

/* An extension with so many octets of data, which nobody sealed. */
static bool get_raw(size_t n, bool encrypted)
{
	static message m;
	static const uint8_t data[400];
	general_ext g = { IP_CARE_OF, encrypted, 7, { data, n } };

	start(&m);
	general_ext_put(&m.w, VENDOR_GENERAL_IP, &g);
	assert_false(m.w.bad);
	return get(&m, &g);
}

TEST(lengths_that_no_seal_has_are_refused)
{
	assert_false(get_raw(AEAD_NONCE_LEN + AEAD_TAG_LEN - 1, true));
	assert_false(get_raw(AEAD_NONCE_LEN + AEAD_TAG_LEN, true));
	assert_false(get_raw(AEAD_NONCE_LEN + SEAL_EXT_MAX_PLAIN + AEAD_TAG_LEN, true));
	assert_false(get_raw(AEAD_NONCE_LEN + SEAL_EXT_MAX_PLAIN + AEAD_TAG_LEN + 1, true));
	assert_true(get_raw(0, false));
	assert_true(get_raw(SEAL_EXT_MAX_PLAIN, false));
	assert_false(get_raw(SEAL_EXT_MAX_PLAIN + 1, false));
}

TEST(a_seal_needs_the_header_that_it_depends_on)
{
	static message m;
	uint8_t out[SEAL_EXT_MAX_PLAIN];
	general_ext g;

	start(&m);
	m.w = wire_writer(m.p, sizeof m.p);
	wire_room(&m.w, HDR - 1);
	assert_false(seal_ext_put(&m.w, HDR, key, VENDOR_GENERAL_IP, IP_CARE_OF, 7,
				  (wire_bytes){ plain, 4 }));
	assert_true(put(&m, 4) && get(&m, &g));
	assert_false(seal_ext_get((wire_bytes){ m.p, HDR - 1 }, HDR, &m.x, key, &g, out));
	assert_false(seal_ext_get((wire_bytes){ m.p, wire_len(&m.w) }, 33, &m.x, key, &g, out));
}

RUN(T(anything_up_to_256_octets_is_sealed_and_opened),
    T(what_is_sealed_depends_on_the_header_and_on_every_octet_of_its_own),
    T(lengths_that_no_seal_has_are_refused), T(a_seal_needs_the_header_that_it_depends_on))
