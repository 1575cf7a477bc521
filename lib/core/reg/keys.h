/* SPDX-License-Identifier: MIT */
/* keys.h - KEY0, KEY2 and KEY3 of a registration, and the keys that are derived from each, by HKDF-SHA-256
 * (docs/protocol.md, sections 8 and 18.5). */
#ifndef HW_CORE_REG_KEYS_H
#define HW_CORE_REG_KEYS_H

#include "core/crypto/auth.h"
#include "core/crypto/kdf.h"
#include "core/sa/esp_sa.h"

enum { NONCE_LEN = 16 };

/* What a client and its home derive from KEY0 once. KEY0 itself authenticates (RFC 5944 3.5.1). */
typedef struct key0_set {
	uint8_t key0[KEY0_LEN];
	uint8_t request_seal[32], reply_seal[32]; /* encrypted extensions, by direction */
	uint8_t notice_seal[32]; /* home's notice that it was restarted (notice.h) */
	auth_algorithm auth;     /* of the mobile-home authentication; derive sets HMAC-SHA-256 */
} key0_set;
bool key0_set_derive(const uint8_t key0[KEY0_LEN], key0_set *out);
void key0_set_wipe(key0_set *k);

enum { KEY2_LEN = 32, KEY3_LEN = 32, LINK_SHARED_LEN = 32 };
/* The name that relays have for the client of that KEY0: the same after home was restarted, so that they keep
 * its entries. */
bool reg_derive_handle(const uint8_t key0[KEY0_LEN], uint64_t *out);
/* KEY3 that admits a client at one relay, for its first registration there: home sends it to the
 * relay, the client derives it. */
bool reg_derive_key3(const uint8_t key0[KEY0_LEN], const char *relay_name, uint8_t out[KEY3_LEN]);
/* KEY2 is shared by home and one relay; each use has a key of its own. spi names it in foreign-home
 * authentication; link_auth is for the handshake of core/reg/link.h. */
typedef struct key2_set {
	uint8_t key2[KEY2_LEN], link_auth[32];
	uint32_t spi;
} key2_set;
bool key2_set_derive(const uint8_t key2[KEY2_LEN], key2_set *out);
void key2_set_wipe(key2_set *k);
/* KEY2 of one registration of one client: for the foreign-home authenticators of request and reply,
 * and to seal the relay's copy of KEY3 in the reply. client_spi: of the mobile-home authentication. */
typedef struct key2_registration {
	uint8_t auth[32], seal[32];
} key2_registration;
bool reg_derive_key2(const key2_set *k, uint32_t client_spi, uint64_t request_id,
		     key2_registration *out);

/* The association of a relay itself with home. Whoever learns KEY2 later still lacks the shared value, which nobody
 * keeps; whoever could compute that lacks KEY2. */
typedef struct link_key_input {
	wire_bytes shared; /* of the X25519 exchange, LINK_SHARED_LEN octets */
	const uint8_t *key2;
	wire_bytes hello, welcome; /* whole, as they were sent */
} link_key_input;
typedef struct link_keys {
	uint8_t to_home[36], to_relay[36]; /* AES-256-GCM: key and salt */
} link_keys;
bool reg_derive_link_keys(const link_key_input *in,
			  link_keys *out); /* false: cryptography failed */

/* SA3 (client-home) of one registration: salt is both identifications and both nonces, input the
 * Diffie-Hellman secret and KEY0, info the direction's label, cipher and both SPIs. */
typedef struct sa_key_input {
	wire_bytes dh_shared;
	const uint8_t *key0;
	uint64_t request_id, reply_id;
	uint8_t client_nonce[NONCE_LEN], home_nonce[NONCE_LEN];
	uint32_t client_spi, home_spi; /* where each receives */
	esp_cipher cipher;
} sa_key_input;
typedef struct sa_keys {
	uint8_t to_home[36], to_client[36]; /* key and salt, esp_key_len() octets used */
} sa_keys;
bool reg_derive_sa_keys(const sa_key_input *in, sa_keys *out);

#endif
