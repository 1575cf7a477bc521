/* SPDX-License-Identifier: MIT */
/* esp_sa.h - one direction of an ESP security association (RFC 4303) with an AEAD: AES-GCM (RFC 4106)
 * or ChaCha20-Poly1305 (RFC 7634), anti-replay window of 2,048 packets.
 * No sockets, no clock, no allocation after esp_sa_new() (but see esp_sa_rest()). Owns its keys;
 * esp_sa_free() wipes them. */
#ifndef HW_CORE_SA_ESP_SA_H
#define HW_CORE_SA_ESP_SA_H

#include "base/err.h"
#include "proto/esp_hdr.h"
#include <stddef.h>
#include <stdint.h>

typedef enum esp_cipher {
	ESP_AES_128_GCM,
	ESP_AES_256_GCM,
	ESP_CHACHA20_POLY1305,
	ESP_N_CIPHERS
} esp_cipher;
const char *esp_cipher_name(esp_cipher c); /* "aes-128-gcm", "aes-256-gcm", "chacha20-poly1305" */
bool esp_cipher_parse(const char *name, esp_cipher *out);
size_t esp_key_len(esp_cipher c); /* octets of key and 4-octet salt together: 20 or 36 */

typedef enum esp_direction { ESP_OUT, ESP_IN } esp_direction;
typedef struct esp_params {
	esp_cipher cipher;
	esp_direction direction;
	bool esn; /* extended sequence numbers, as negotiated (RFC 4303 2.2.1) */
	uint32_t spi;
	const uint8_t *key; /* esp_key_len() octets: key, then salt (RFC 4106 8.1) */
} esp_params;

typedef struct esp_sa esp_sa;
esp_sa *esp_sa_new(const esp_params *p, err *e); /* NULL: see *e */
void esp_sa_free(esp_sa *sa);                    /* NULL is fine */
uint32_t esp_sa_spi(const esp_sa *sa);
uint64_t esp_sa_packets(const esp_sa *sa); /* sealed, or opened */
uint64_t esp_sa_octets(const esp_sa *sa);  /* of inner packets in them */
/* For an association that has been idle: gives back the cipher context (1.2 KiB of 1.3 to 1.6), keeps
 * the key, sequence number and window. The next packet makes the context again by itself. */
void esp_sa_rest(esp_sa *sa);

/* Seals in place: the inner packet lies at pkt + ESP_PAYLOAD_AT, and there is room for
 * esp_sealed_len(inner_len) octets. Returns the length to send; 0: the sequence space is used up or
 * the cipher failed, nothing may be sent. */
size_t esp_seal(esp_sa *sa, uint8_t *pkt, size_t inner_len, uint8_t next_header);

typedef enum esp_verdict {
	ESP_OK,
	ESP_DROP_SHORT,
	ESP_DROP_REPLAY,
	ESP_DROP_AUTH,
	ESP_DROP_TRAILER,
	ESP_DROP_EXPIRED, /* by sa_pair_open() alone */
	ESP_N_VERDICTS
} esp_verdict;
typedef struct esp_opened {
	uint8_t *inner; /* inside pkt */
	size_t len;
	uint8_t next_header;
	bool newest; /* its sequence number is above all that came before */
} esp_opened;
/* Opens in place; n is the UDP payload's length. Only ESP_OK fills *out and moves the window. */
esp_verdict esp_open(esp_sa *sa, uint8_t *pkt, size_t n, esp_opened *out);

#endif
