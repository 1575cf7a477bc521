/* SPDX-License-Identifier: MIT */
/* Includes the source, to set sequence numbers that no test could count up to. */
#include "core/sa/esp_sa.c"
#include "unit.h"

enum { SPI = 0x2a3b4c5d, MAX = 2048 };

/* Key octets 00, 01, 02, ... and salt cafebabe. */
static esp_sa *make_with(esp_cipher c, esp_direction d, bool esn)
{
	uint8_t key[SECRET_MAX];
	size_t n = esp_key_len(c) - SALT_LEN;

	for (size_t i = 0; i < n; i++)
		key[i] = (uint8_t)i;
	store_be32(key + n, 0xcafebabe);
	esp_params p = { .cipher = c, .direction = d, .esn = esn, .spi = SPI, .key = key };
	esp_sa *sa = esp_sa_new(&p, NULL);
	assert_non_null(sa);
	return sa;
}

static esp_sa *make(esp_cipher c, esp_direction d)
{
	return make_with(c, d, true);
}

typedef struct pair {
	esp_sa *out, *in;
} pair;

static pair make_pair(esp_cipher c)
{
	return (pair){ make(c, ESP_OUT), make(c, ESP_IN) };
}

static void free_pair(pair p)
{
	esp_sa_free(p.out);
	esp_sa_free(p.in);
}

static size_t seal_some(esp_sa *sa, uint8_t *pkt, size_t len)
{
	for (size_t i = 0; i < len; i++)
		pkt[ESP_PAYLOAD_AT + i] = (uint8_t)(i * 7);
	size_t n = esp_seal(sa, pkt, len, ESP_NEXT_IPV4);
	assert_int_equal(n, esp_sealed_len(len));
	return n;
}

/* An IPv4 packet in UDP, sealed by scapy 2.5.0's IPsec layer (python-cryptography 38.0.4) as
 * SecurityAssociation(ESP, spi=0x2a3b4c5d, crypt_algo=..., crypt_key=bytes(range(N)) +
 * b"\xca\xfe\xba\xbe", esn_en=True, esn=HIGH, seq_num=LOW)
 * .encrypt(inner, iv=struct.pack("!Q", HIGH << 32 | LOW)). */
#define INNER "4500002412340000401182cbc0a83265c0a8321410e1003500104953686f6d6577617264"
static const struct vector {
	esp_cipher cipher;
	uint64_t seq;
	const char *sealed;
} vectors[] = {
	{ ESP_AES_128_GCM, 1,
	  "2a3b4c5d000000010000000000000001f70519bd584b51f4db0a43d686d79b5213c0b354a91648b0fea556a7"
	  "1f82"
	  "445ef3e6c5984ef838630df83662a594c145c8ef6faac553322d" },
	{ ESP_AES_256_GCM, 1,
	  "2a3b4c5d000000010000000000000001cd929aa07bd22c213cb8e8ef6ecc0c02162e160278eaae5af6809df9"
	  "dc22"
	  "21099287afa7268b1e0f2c078324348e0497e5fca99a7bfafb90" },
	{ ESP_CHACHA20_POLY1305, 1,
	  "2a3b4c5d00000001000000000000000119c7360c031140dcc78f507164f5c0a0f1113dc77038d20dbbdb599f"
	  "0b0b"
	  "863ad56b26646d739221b74a1e13e407a6756458f751ce0609da" },
	{ ESP_AES_128_GCM, 0x3fffffffe,
	  "2a3b4c5dfffffffe00000003fffffffe42489b59cab438d4e62ae2ff0bc57e9c7030bf2e2b63f989a12526bb"
	  "8ed5"
	  "8ba2886f1199d076674617347da037a7b091483744f1c7222512" },
	{ ESP_AES_256_GCM, 0x3fffffffe,
	  "2a3b4c5dfffffffe00000003fffffffea3610ede00a17599b6e6bde237ccf9d82c2ec653e6956e5a286ee4b9"
	  "ae2b"
	  "46a89170d0cd08e3c1eaef5c2616dd4efe9f66b268f4945c077c" },
	{ ESP_CHACHA20_POLY1305, 0x3fffffffe,
	  "2a3b4c5dfffffffe00000003fffffffe077f301a7569e8027ab3fb8c99862b6b1a6dbf8f14b9a9217022242c"
	  "fed6"
	  "2873bce3838a526bc98d6883284e0e17ecd196ccd741b0306775" },
};

TEST(seals_what_another_implementation_seals)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		uint8_t pkt[MAX], want[MAX];
		size_t n = strlen(vectors[i].sealed) / 2;
		assert_true(hex_decode(vectors[i].sealed, want, n));
		assert_true(hex_decode(INNER, pkt + ESP_PAYLOAD_AT, sizeof INNER / 2));
		esp_sa *sa = make(vectors[i].cipher, ESP_OUT);
		sa->seq = vectors[i].seq - 1;
		assert_int_equal(esp_seal(sa, pkt, sizeof INNER / 2, ESP_NEXT_IPV4), n);
		assert_memory_equal(pkt, want, n);
		esp_sa_free(sa);
	}
}

TEST(opens_what_another_implementation_sealed)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		uint8_t pkt[MAX], want[MAX];
		size_t n = strlen(vectors[i].sealed) / 2;
		esp_opened got = { 0 };
		assert_true(hex_decode(vectors[i].sealed, pkt, n));
		assert_true(hex_decode(INNER, want, sizeof INNER / 2));
		esp_sa *sa = make(vectors[i].cipher, ESP_IN);
		sa->window->top = vectors[i].seq - 1; /* the high half is not on the wire */
		assert_int_equal(esp_open(sa, pkt, n, &got), ESP_OK);
		assert_int_equal(got.len, sizeof INNER / 2);
		assert_int_equal(got.next_header, ESP_NEXT_IPV4);
		assert_true(got.newest);
		assert_memory_equal(got.inner, want, got.len);
		esp_sa_free(sa);
	}
}

/* Without extended sequence numbers: the same inner packet and trailer, sealed by python-cryptography 38.0.4's AESGCM
 * and ChaCha20Poly1305 with the associated data that RFC 4106 5 and RFC 7634 2.1 name, SPI | 32-bit sequence number. */
static const struct vector short_vectors[] = {
	{ ESP_AES_128_GCM, 1,
	  "2a3b4c5d000000010000000000000001f70519bd584b51f4db0a43d686d79b5213c0b354a91648b0fea556a7"
	  "1f82445ef3e6c5984ef83863ecafbaab199155887de610d057439871" },
	{ ESP_AES_128_GCM, 0xfffffffe,
	  "2a3b4c5dfffffffe00000000fffffffee2209500f8a5fa2fbfafefbdc9652a679fdf0af57ec66e82931de188"
	  "306b7e60cf366caba25a1ba424396e905806c62baf6244ff4366e14f" },
	{ ESP_AES_256_GCM, 1,
	  "2a3b4c5d000000010000000000000001cd929aa07bd22c213cb8e8ef6ecc0c02162e160278eaae5af6809df9"
	  "dc2221099287afa7268b1e0ff11b40c0cabe34e9cd7b14c904f8c6da" },
	{ ESP_AES_256_GCM, 0xfffffffe,
	  "2a3b4c5dfffffffe00000000fffffffe741e706344072b9dcc495ff9c92f9c7632c02141fe850b31056f9973"
	  "80073a7617d0c8b06532de58b70424a8c3c0f28640dd3f342c2547d1" },
	{ ESP_CHACHA20_POLY1305, 1,
	  "2a3b4c5d00000001000000000000000119c7360c031140dcc78f507164f5c0a0f1113dc77038d20dbbdb599f"
	  "0b0b863ad56b26646d739221092a1ba8158bdc82286430ea3c1e1879" },
	{ ESP_CHACHA20_POLY1305, 0xfffffffe,
	  "2a3b4c5dfffffffe00000000fffffffe350f759a1e9573fd1ac1167018ce3ab05d406084d6fa224f43241e0c"
	  "cfdc63153054cb54ac8a562e3d59bc54b6db14eae56a579ec96dfe35" },
};

TEST(without_extended_numbers_it_seals_and_opens_what_another_implementation_seals)
{
	for (size_t i = 0; i < COUNT(short_vectors); i++) {
		const struct vector *v = &short_vectors[i];
		uint8_t pkt[MAX], want[MAX];
		size_t n = strlen(v->sealed) / 2;
		esp_opened got = { 0 };
		assert_true(hex_decode(v->sealed, want, n));
		assert_true(hex_decode(INNER, pkt + ESP_PAYLOAD_AT, sizeof INNER / 2));
		esp_sa *out = make_with(v->cipher, ESP_OUT, false);
		esp_sa *in = make_with(v->cipher, ESP_IN, false);
		out->seq = v->seq - 1;
		assert_int_equal(esp_seal(out, pkt, sizeof INNER / 2, ESP_NEXT_IPV4), n);
		assert_memory_equal(pkt, want, n);
		assert_int_equal(esp_open(in, pkt, n, &got), ESP_OK);
		assert_int_equal(got.len, sizeof INNER / 2);
		assert_true(got.newest);
		esp_sa_free(out);
		esp_sa_free(in);
	}
}

/* RFC 4303 3.3.3: "the sender MUST NOT send a packet on an SA if doing so would cause the sequence number to cycle". */
TEST(without_extended_numbers_the_last_one_is_the_greatest_of_32_bits)
{
	esp_sa *out = make_with(ESP_AES_128_GCM, ESP_OUT, false);
	esp_sa *in = make_with(ESP_AES_128_GCM, ESP_IN, false);
	uint8_t pkt[MAX], first[MAX];
	esp_opened got = { 0 };
	size_t n = seal_some(out, first, 50);

	out->seq = in->window->top = UINT32_MAX - 1;
	seal_some(out, pkt, 50);
	assert_int_equal(load_be64(pkt + ESP_HDR_LEN), UINT32_MAX);
	assert_int_equal(esp_seal(out, pkt + n, 50, ESP_NEXT_IPV4), 0);
	assert_int_equal(esp_open(in, pkt, n, &got), ESP_OK);
	assert_int_equal(in->window->top, UINT32_MAX);
	assert_int_equal(esp_open(in, first, n, &got), ESP_DROP_REPLAY); /* not of a next round */
	esp_sa_free(out);
	esp_sa_free(in);
}

TEST(ends_that_disagree_about_extended_numbers_understand_nothing)
{
	esp_sa *out = make(ESP_AES_128_GCM, ESP_OUT);
	esp_sa *in = make_with(ESP_AES_128_GCM, ESP_IN, false);
	uint8_t pkt[MAX];
	esp_opened got = { 0 };
	size_t n = seal_some(out, pkt, 50);

	assert_int_equal(esp_open(in, pkt, n, &got), ESP_DROP_AUTH);
	esp_sa_free(out);
	esp_sa_free(in);
}

TEST(every_length_comes_back_as_it_was)
{
	for (unsigned c = 0; c < ESP_N_CIPHERS; c++) {
		pair p = make_pair((esp_cipher)c);
		uint8_t pkt[MAX];
		esp_opened got = { 0 };
		for (size_t len = 0; len <= 1500; len++) {
			size_t n = seal_some(p.out, pkt, len);
			assert_int_equal(n % 4, 0);
			assert_int_equal(esp_open(p.in, pkt, n, &got), ESP_OK);
			assert_int_equal(got.len, len);
			assert_ptr_equal(got.inner, pkt + ESP_PAYLOAD_AT);
			for (size_t i = 0; i < len; i++)
				assert_int_equal(got.inner[i], (uint8_t)(i * 7));
		}
		assert_int_equal(esp_sa_packets(p.out), 1501);
		assert_int_equal(esp_sa_packets(p.in), 1501);
		assert_int_equal(esp_sa_octets(p.out), 1500 * 1501 / 2);
		assert_int_equal(esp_sa_octets(p.in), 1500 * 1501 / 2);
		free_pair(p);
	}
}

TEST(forged_packet_moves_nothing)
{
	for (unsigned c = 0; c < ESP_N_CIPHERS; c++) {
		pair p = make_pair((esp_cipher)c);
		uint8_t pkt[MAX], forged[MAX];
		size_t n = seal_some(p.out, pkt, 60);
		replay before = *p.in->window;
		esp_opened got = { .len = 4711 };
		for (size_t bit = 0; bit < n * 8; bit++) {
			memcpy(forged, pkt, n);
			forged[bit / 8] ^= (uint8_t)(1 << bit % 8);
			esp_verdict v = esp_open(p.in, forged, n, &got);
			assert_true(v == ESP_DROP_AUTH || v == ESP_DROP_REPLAY);
			assert_memory_equal(&before, p.in->window, sizeof before);
		}
		assert_int_equal(got.len, 4711);
		assert_int_equal(esp_sa_packets(p.in), 0);
		assert_int_equal(esp_open(p.in, pkt, n, &got), ESP_OK);
		free_pair(p);
	}
}

TEST(truncated_packets_are_refused)
{
	pair p = make_pair(ESP_AES_128_GCM);
	uint8_t pkt[MAX], copy[MAX];
	esp_opened got = { 0 };
	size_t n = seal_some(p.out, pkt, 100);

	for (size_t cut = 0; cut < n; cut++) {
		memcpy(copy, pkt, cut);
		assert_int_equal(esp_open(p.in, copy, cut, &got),
				 cut < ESP_MIN_LEN ? ESP_DROP_SHORT : ESP_DROP_AUTH);
	}
	assert_int_equal(esp_open(p.in, pkt, n, &got), ESP_OK);
	free_pair(p);
}

TEST(replayed_packet_is_refused_before_the_cipher_runs)
{
	pair p = make_pair(ESP_AES_128_GCM);
	uint8_t pkt[MAX], copy[MAX];
	esp_opened got = { 0 };
	size_t n = seal_some(p.out, pkt, 100);

	memcpy(copy, pkt, n);
	assert_int_equal(esp_open(p.in, pkt, n, &got), ESP_OK);
	memcpy(pkt, copy, n);
	assert_int_equal(esp_open(p.in, pkt, n, &got), ESP_DROP_REPLAY);
	assert_memory_equal(pkt, copy, n); /* not decrypted */
	assert_int_equal(esp_sa_packets(p.in), 1);
	free_pair(p);
}

TEST(late_packet_is_accepted_but_is_not_the_newest)
{
	pair p = make_pair(ESP_AES_128_GCM);
	uint8_t first[MAX], second[MAX];
	esp_opened got = { 0 };
	size_t n = seal_some(p.out, first, 40);

	assert_int_equal(seal_some(p.out, second, 40), n);
	assert_int_equal(esp_open(p.in, second, n, &got), ESP_OK);
	assert_true(got.newest);
	assert_int_equal(esp_open(p.in, first, n, &got), ESP_OK);
	assert_false(got.newest);
	free_pair(p);
}

TEST(traffic_goes_on_over_the_wrap_of_the_low_half)
{
	pair p = make_pair(ESP_AES_128_GCM);
	uint8_t pkt[MAX];
	esp_opened got = { 0 };

	p.out->seq = p.in->window->top = (1ull << 32) - 3;
	for (int i = 0; i < 10; i++) {
		size_t n = seal_some(p.out, pkt, 50);
		assert_int_equal(esp_open(p.in, pkt, n, &got), ESP_OK);
	}
	assert_int_equal(p.in->window->top, (1ull << 32) + 7);
	free_pair(p);
}

TEST(packet_of_another_subspace_does_not_authenticate)
{
	pair p = make_pair(ESP_AES_128_GCM);
	uint8_t pkt[MAX];
	esp_opened got = { 0 };
	size_t n = seal_some(p.out, pkt, 50); /* sequence number 1 */

	p.in->window->top = (1ull << 32) - 1;
	assert_int_equal(esp_open(p.in, pkt, n, &got), ESP_DROP_AUTH);
	free_pair(p);
}

TEST(used_up_sequence_space_refuses)
{
	esp_sa *sa = make(ESP_AES_128_GCM, ESP_OUT);
	uint8_t pkt[MAX];

	sa->seq = UINT64_MAX - 1;
	seal_some(sa, pkt, 50);
	assert_int_equal(load_be64(pkt + ESP_HDR_LEN), UINT64_MAX);
	assert_int_equal(esp_seal(sa, pkt, 50, ESP_NEXT_IPV4), 0);
	assert_int_equal(esp_seal(sa, pkt, 50, ESP_NEXT_IPV4), 0);
	esp_sa_free(sa);
}

/* Seals a body whose trailer is of the test's making. */
static size_t seal_body(esp_sa *sa, uint8_t *pkt, size_t len)
{
	uint64_t seq = ++sa->seq;

	store_be32(pkt, sa->spi);
	store_be32(pkt + 4, (uint32_t)seq);
	store_be64(pkt + ESP_HDR_LEN, seq);
	assert_true(cipher_start(sa, pkt + ESP_HDR_LEN, seq, NULL));
	assert_true(cipher_run(sa, pkt + ESP_PAYLOAD_AT, len));
	assert_int_equal(EVP_CIPHER_CTX_ctrl(sa->ctx, EVP_CTRL_AEAD_GET_TAG, ESP_ICV_LEN,
					     pkt + ESP_PAYLOAD_AT + len),
			 1);
	return ESP_PAYLOAD_AT + len + ESP_ICV_LEN;
}

TEST(wrong_padding_is_refused)
{
	static const uint8_t bodies[][8] = {
		{ 9, 9, 9, 9, 1, 3, 2, 4 }, /* second octet should be 2 */
		{ 9, 9, 9, 9, 0, 0, 2, 4 }, /* zeros */
		{ 9, 9, 9, 9, 9, 9, 7, 4 }, /* longer than what is there */
		{ 9, 9, 9, 9, 9, 9, 255, 4 },
	};
	pair p = make_pair(ESP_AES_128_GCM);
	uint8_t pkt[MAX];
	esp_opened got = { 0 };

	for (size_t i = 0; i < COUNT(bodies); i++) {
		memcpy(pkt + ESP_PAYLOAD_AT, bodies[i], sizeof bodies[i]);
		size_t n = seal_body(p.out, pkt, sizeof bodies[i]);
		assert_int_equal(esp_open(p.in, pkt, n, &got), ESP_DROP_TRAILER);
	}
	memcpy(pkt + ESP_PAYLOAD_AT, "\1\2\3\4\5\6\6\x3b", 8); /* all padding: an empty packet */
	assert_int_equal(esp_open(p.in, pkt, seal_body(p.out, pkt, 8), &got), ESP_OK);
	assert_int_equal(got.len, 0);
	assert_int_equal(got.next_header, ESP_NEXT_DUMMY);
	free_pair(p);
}

TEST(a_packet_longer_than_any_datagram_is_refused)
{
	pair p = make_pair(ESP_AES_128_GCM);
	uint8_t *pkt = calloc(1, 65536 + 64);
	esp_opened got = { 0 };

	assert_non_null(pkt);
	assert_int_equal(esp_seal(p.out, pkt, 65536, ESP_NEXT_IPV4), 0);
	assert_int_equal(esp_sa_packets(p.out), 0);
	size_t n = esp_seal(p.out, pkt, 65535 - 35, ESP_NEXT_IPV4);
	assert_int_equal(n, 65532 + 4); /* what is sealed may be longer; it cannot be sent */
	assert_int_equal(esp_open(p.in, pkt, n, &got), ESP_DROP_SHORT);
	assert_int_equal(esp_seal(p.out, pkt, 65535, ESP_NEXT_IPV4), esp_sealed_len(65535));
	n = esp_seal(p.out, pkt, 65532 - 34, ESP_NEXT_IPV4);
	assert_int_equal(n, 65532);
	assert_int_equal(esp_open(p.in, pkt, n, &got), ESP_OK);
	free(pkt);
	free_pair(p);
}

TEST(resting_association_goes_on_where_it_was)
{
	for (unsigned c = 0; c < ESP_N_CIPHERS; c++) {
		pair p = make_pair((esp_cipher)c);
		uint8_t pkt[MAX], old[MAX];
		esp_opened got = { 0 };
		size_t n = seal_some(p.out, pkt, 50);
		memcpy(old, pkt, n);
		assert_int_equal(esp_open(p.in, pkt, n, &got), ESP_OK);
		esp_sa_rest(p.out);
		esp_sa_rest(p.in);
		esp_sa_rest(p.in);
		assert_int_equal(esp_open(p.in, old, n, &got), ESP_DROP_REPLAY);
		n = seal_some(p.out, pkt, 50);
		assert_int_equal(load_be32(pkt + 4), 2);
		assert_int_equal(esp_open(p.in, pkt, n, &got), ESP_OK);
		free_pair(p);
	}
}

TEST(wrong_key_or_spi_does_not_authenticate)
{
	pair p = make_pair(ESP_AES_256_GCM);
	esp_sa *other = make(ESP_CHACHA20_POLY1305, ESP_IN);
	uint8_t pkt[MAX], copy[MAX];
	esp_opened got = { 0 };
	size_t n = seal_some(p.out, pkt, 50);

	memcpy(copy, pkt, n);
	assert_int_equal(esp_open(other, copy, n, &got), ESP_DROP_AUTH);
	p.in->spi++;
	assert_int_equal(esp_open(p.in, pkt, n, &got), ESP_DROP_AUTH);
	esp_sa_free(other);
	free_pair(p);
}

TEST(ciphers_have_names_and_others_are_refused)
{
	esp_cipher c;

	for (unsigned i = 0; i < ESP_N_CIPHERS; i++) {
		assert_true(esp_cipher_parse(esp_cipher_name((esp_cipher)i), &c));
		assert_int_equal(c, i);
	}
	assert_false(esp_cipher_parse("des", &c));
	assert_int_equal(esp_key_len(ESP_AES_128_GCM), 20);
	assert_int_equal(esp_key_len(ESP_CHACHA20_POLY1305), 36);
	err e = { 0 };
	assert_null(esp_sa_new(&(esp_params){ .cipher = ESP_N_CIPHERS }, &e));
	assert_int_equal(e.kind, ERR_USAGE);
}

RUN(T(seals_what_another_implementation_seals), T(opens_what_another_implementation_sealed),
    T(every_length_comes_back_as_it_was), T(forged_packet_moves_nothing),
    T(truncated_packets_are_refused), T(replayed_packet_is_refused_before_the_cipher_runs),
    T(late_packet_is_accepted_but_is_not_the_newest),
    T(traffic_goes_on_over_the_wrap_of_the_low_half),
    T(packet_of_another_subspace_does_not_authenticate), T(used_up_sequence_space_refuses),
    T(wrong_padding_is_refused), T(a_packet_longer_than_any_datagram_is_refused),
    T(resting_association_goes_on_where_it_was), T(wrong_key_or_spi_does_not_authenticate),
    T(ciphers_have_names_and_others_are_refused),
    T(without_extended_numbers_it_seals_and_opens_what_another_implementation_seals),
    T(without_extended_numbers_the_last_one_is_the_greatest_of_32_bits),
    T(ends_that_disagree_about_extended_numbers_understand_nothing))
