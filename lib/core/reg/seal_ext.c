/* SPDX-License-Identifier: MIT */
#include "core/reg/seal_ext.h"

#include <openssl/rand.h>

enum { MAX_MSG_HDR = 32, MAX_AAD = MAX_MSG_HDR + 64 };

/* Fixed header of the message, then the extension's own headers up to its data. */
static wire_bytes gather_aad(const uint8_t *msg, size_t hdr_len, const uint8_t *ext, size_t ext_hdr,
			     uint8_t buf[MAX_AAD])
{
	memcpy(buf, msg, hdr_len);
	memcpy(buf + hdr_len, ext, ext_hdr);
	return (wire_bytes){ buf, hdr_len + ext_hdr };
}

bool seal_ext_put(wire_wr *w, size_t hdr_len, const uint8_t key[AEAD_KEY_LEN], uint16_t vendor_type,
		  uint8_t content_type, uint32_t spi, wire_bytes plain)
{
	uint8_t room[AEAD_NONCE_LEN + SEAL_EXT_MAX_PLAIN + AEAD_TAG_LEN] = { 0 }, aad[MAX_AAD];
	size_t n = AEAD_NONCE_LEN + plain.n + AEAD_TAG_LEN;
	uint8_t *ext = w->p;
	general_ext g = { content_type, true, spi, { room, n } };

	if (plain.n > SEAL_EXT_MAX_PLAIN || hdr_len > MAX_MSG_HDR || wire_len(w) < hdr_len)
		return false;
	general_ext_put(w, vendor_type, &g); /* headers with their final lengths, and room */
	if (w->bad)
		return false;
	uint8_t *data = w->p - n;
	if (RAND_bytes(data, AEAD_NONCE_LEN) != 1)
		return w->bad = true, false;
	wire_bytes a = gather_aad(w->start, hdr_len, ext, (size_t)(data - ext), aad);
	if (!aead_seal(key, data, a, plain, data + AEAD_NONCE_LEN))
		w->bad = true;
	return !w->bad;
}

void seal_ext_put_ip(wire_wr *w, size_t hdr_len, const uint8_t key[AEAD_KEY_LEN],
		     uint8_t content_type, uint32_t spi, const ip_addr *a)
{
	if (a->len)
		seal_ext_put(w, hdr_len, key, VENDOR_GENERAL_IP, content_type, spi,
			     (wire_bytes){ a->b, a->len });
}

bool seal_ext_get(wire_bytes msg, size_t hdr_len, const mip_ext *ext,
		  const uint8_t key[AEAD_KEY_LEN], general_ext *g, uint8_t out[SEAL_EXT_MAX_PLAIN])
{
	uint8_t aad[MAX_AAD];

	if (!general_ext_get(ext->body, g) || hdr_len > MAX_MSG_HDR || msg.n < hdr_len)
		return false;
	if (!g->encrypted) {
		if (g->data.n > SEAL_EXT_MAX_PLAIN)
			return false;
		memcpy(out, g->data.p, g->data.n);
		g->data.p = out;
		return true;
	}
	if (g->data.n < AEAD_NONCE_LEN + AEAD_TAG_LEN ||
	    g->data.n > AEAD_NONCE_LEN + SEAL_EXT_MAX_PLAIN + AEAD_TAG_LEN)
		return false;
	wire_bytes a = gather_aad(msg.p, hdr_len, ext->at, (size_t)(g->data.p - ext->at), aad);
	wire_bytes sealed = { g->data.p + AEAD_NONCE_LEN, g->data.n - AEAD_NONCE_LEN };
	if (!aead_open(key, g->data.p, a, sealed, out))
		return false;
	g->data = (wire_bytes){ out, sealed.n - AEAD_TAG_LEN };
	return true;
}
