/* SPDX-License-Identifier: MIT */
#include "core/crypto/dh.h"
#include "proto/sa_payload.h"
#include <openssl/dh.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

typedef struct group_info {
	uint16_t number;
	const char *name, *type, *parameter; /* OpenSSL's key type and group name */
	size_t value_len;                    /* as sent */
} group_info;

static const group_info groups[] = {
	{ DH_X25519, "x25519", "X25519", NULL, 32 },
	{ DH_P256, "p256", "EC", "P-256", 64 },
	{ DH_P384, "p384", "EC", "P-384", 96 },
	{ DH_MODP2048, "modp2048", "DH", "modp_2048", 256 },
};
enum { N_GROUPS = sizeof groups / sizeof groups[0] };

struct dh {
	const group_info *group;
	EVP_PKEY *pair;
	uint8_t value[DH_MAX_VALUE];
};

static const group_info *find(uint16_t number)
{
	for (size_t i = 0; i < N_GROUPS; i++)
		if (groups[i].number == number)
			return &groups[i];
	return NULL;
}

bool dh_group_parse(const char *name, uint16_t *group)
{
	for (size_t i = 0; i < N_GROUPS; i++)
		if (strcmp(groups[i].name, name) == 0)
			return *group = groups[i].number, true;
	return false;
}

static bool is_ec(const group_info *g)
{
	return strcmp(g->type, "EC") == 0;
}

static EVP_PKEY *generate(const group_info *g)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, g->type, NULL);
	EVP_PKEY *pair = NULL;
	bool ok = c && EVP_PKEY_keygen_init(c) > 0 &&
		  (!g->parameter || EVP_PKEY_CTX_set_group_name(c, g->parameter) > 0) &&
		  EVP_PKEY_generate(c, &pair) > 0;

	EVP_PKEY_CTX_free(c);
	return ok ? pair : NULL;
}

/* RFC 5903 7: a point is sent as x | y, without OpenSSL's leading 04. */
static bool export_value(dh *d)
{
	unsigned char *enc = NULL;
	size_t n = EVP_PKEY_get1_encoded_public_key(d->pair, &enc);
	size_t skip = is_ec(d->group) ? 1 : 0;
	bool ok = n == d->group->value_len + skip;

	if (ok)
		memcpy(d->value, enc + skip, d->group->value_len);
	OPENSSL_free(enc);
	return ok;
}

dh *dh_new(uint16_t group, err *e)
{
	const group_info *g = find(group);
	dh *d = g ? calloc(1, sizeof *d) : NULL;

	if (!g)
		return err_set(e, ERR_CRYPTO, "Diffie-Hellman group %u is not supported", group),
		       NULL;
	if (!d)
		return err_set(e, ERR_LIMIT, "out of memory"), NULL;
	d->group = g;
	d->pair = generate(g);
	if (!d->pair || !export_value(d)) {
		dh_free(d);
		return err_set(e, ERR_CRYPTO, "no key pair of group %s", g->name), NULL;
	}
	return d;
}

void dh_free(dh *d)
{
	if (!d)
		return;
	EVP_PKEY_free(d->pair); /* OpenSSL wipes the private key */
	free(d);
}

uint16_t dh_group(const dh *d)
{
	return d->group->number;
}

wire_bytes dh_public(const dh *d)
{
	return (wire_bytes){ d->value, d->group->value_len };
}

static EVP_PKEY *import_peer(const dh *d, wire_bytes peer)
{
	uint8_t enc[1 + DH_MAX_VALUE] = { 4 };
	size_t skip = is_ec(d->group) ? 1 : 0;
	EVP_PKEY *key;

	if (!d->group->parameter)
		return EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, peer.p, peer.n);
	memcpy(enc + skip, peer.p, peer.n);
	key = EVP_PKEY_new();
	if (key && EVP_PKEY_copy_parameters(key, d->pair) > 0 &&
	    EVP_PKEY_set1_encoded_public_key(key, enc, peer.n + skip) > 0)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

/* RFC 6989 2: the peer's value is in range and on the curve. X25519 takes any value and refuses the
 * all-zero result when deriving (RFC 7748 6.1). */
static bool is_valid_peer(const dh *d, EVP_PKEY *peer)
{
	if (!d->group->parameter)
		return true;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(peer, NULL);
	bool ok = c && EVP_PKEY_public_check(c) > 0;
	EVP_PKEY_CTX_free(c);
	return ok;
}

static bool derive(const dh *d, EVP_PKEY *peer, uint8_t *out, size_t *n)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(d->pair, NULL);
	bool pad = strcmp(d->group->type, "DH") == 0;
	bool ok = c && EVP_PKEY_derive_init(c) > 0 && (!pad || EVP_PKEY_CTX_set_dh_pad(c, 1) > 0) &&
		  EVP_PKEY_derive_set_peer(c, peer) > 0 && EVP_PKEY_derive(c, out, n) > 0;

	EVP_PKEY_CTX_free(c);
	return ok;
}

size_t dh_shared(const dh *d, wire_bytes peer, uint8_t out[DH_MAX_VALUE], err *e)
{
	size_t n = DH_MAX_VALUE;
	EVP_PKEY *key = peer.n == d->group->value_len ? import_peer(d, peer) : NULL;
	bool ok = key && is_valid_peer(d, key) && derive(d, key, out, &n);

	EVP_PKEY_free(key);
	if (ok)
		return n;
	err_set(e, ERR_PEER, "the peer's %s value is not acceptable", d->group->name);
	return 0;
}
