/* SPDX-License-Identifier: MIT */
#include "core/reg/notice.h"

#include "core/crypto/aead.h"
#include "proto/ctl.h"
#include <assert.h>
#include <openssl/rand.h>

enum {
	HDR_LEN = 4,
	ID_LEN = 8,
	NONCE_AT = HDR_LEN,
	SEALED_AT = NONCE_AT + AEAD_NONCE_LEN,
	SEALED_LEN = ID_LEN + AEAD_TAG_LEN,
};
static_assert((int)SEALED_AT + (int)SEALED_LEN == (int)REG_NOTICE_LEN, "the parts are the whole");

size_t reg_notice_build(const key0_set *k, uint64_t last_id, uint8_t out[REG_NOTICE_LEN])
{
	uint8_t id[ID_LEN];

	store_be32(out, (uint32_t)CTL_RESTARTED << 24);
	store_be64(id, last_id);
	if (RAND_bytes(out + NONCE_AT, AEAD_NONCE_LEN) != 1 ||
	    !aead_seal(k->notice_seal, out + NONCE_AT, (wire_bytes){ out, HDR_LEN },
		       (wire_bytes){ id, sizeof id }, out + SEALED_AT))
		return 0;
	return REG_NOTICE_LEN;
}

bool reg_notice_open(const key0_set *k, wire_bytes msg, uint64_t *last_id)
{
	uint8_t id[ID_LEN];

	if (msg.n != REG_NOTICE_LEN || load_be32(msg.p) != (uint32_t)CTL_RESTARTED << 24 ||
	    !aead_open(k->notice_seal, msg.p + NONCE_AT, (wire_bytes){ msg.p, HDR_LEN },
		       (wire_bytes){ msg.p + SEALED_AT, SEALED_LEN }, id))
		return false;
	*last_id = load_be64(id);
	return true;
}
