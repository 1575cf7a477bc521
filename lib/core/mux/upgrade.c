/* SPDX-License-Identifier: MIT */
#include "core/mux/upgrade.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

enum { KEY_LEN = 24, KEY_OCTETS = 16, SHA1_LEN = 20, ACCEPT_LEN = 28 };

static const char *token_of(mux_request_kind k)
{
	return k == MUX_REQUEST_UDP ? "connect-udp" : "websocket";
}

/* RFC 6455 4.1: 16 octets in base64. */
static bool is_key(const char *key)
{
	uint8_t octets[KEY_OCTETS + 2];

	return key && strlen(key) == KEY_LEN && strcmp(key + KEY_LEN - 2, "==") == 0 &&
	       !strchr(key, ' ') &&
	       EVP_DecodeBlock(octets, (const uint8_t *)key, KEY_LEN) == KEY_OCTETS + 2;
}

static unsigned check_websocket(const http_head *h)
{
	const char *version = http_get(h, "sec-websocket-version");
	unsigned at = 0;

	if (!version || strcmp(version, "13") != 0)
		return 426; /* 4.2.2 */
	const char *key = http_next(h, "sec-websocket-key", &at);
	return is_key(key) && !http_next(h, "sec-websocket-key", &at) ? 0 : 400;
}

bool mux_has_body(const http_head *h)
{
	const char *length = http_get(h, "content-length");

	return http_get(h, "transfer-encoding") ||
	       (length && strspn(length, "0") != strlen(length));
}

unsigned mux_upgrade_check(mux_request_kind k, const http_head *h)
{
	if (http_minor(h) < 1 || !http_has_token(h, "connection", "upgrade") ||
	    !http_has_token(h, "upgrade", token_of(k)))
		return 426;
	if (mux_has_body(h)) /* it would be taken for the tunnel's first octets */
		return 400;
	return k == MUX_REQUEST_WEBSOCKET ? check_websocket(h) : 0;
}

/* RFC 6455 4.2.2, 5.4. */
static bool compute_accept(const char *key, char out[ACCEPT_LEN + 1])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char text[KEY_LEN + sizeof guid];
	uint8_t digest[EVP_MAX_MD_SIZE];
	int n = snprintf(text, sizeof text, "%s%s", key, guid);

	if (EVP_Digest(text, (size_t)n, digest, NULL, EVP_sha1(), NULL) != 1)
		return false;
	return EVP_EncodeBlock((uint8_t *)out, digest, SHA1_LEN) == ACCEPT_LEN;
}

size_t mux_upgrade_answer(mux_request_kind k, const http_head *h, char out[MUX_UPGRADE_ANSWER])
{
	char accept[ACCEPT_LEN + 1] = "";

	if (k == MUX_REQUEST_WEBSOCKET && !compute_accept(http_get(h, "sec-websocket-key"), accept))
		return 0;
	int n = snprintf(
		out, MUX_UPGRADE_ANSWER,
		"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
		"Upgrade: %s\r\n%s%s\r\n\r\n",
		token_of(k),
		k == MUX_REQUEST_UDP ? "Capsule-Protocol: ?1" : "Sec-WebSocket-Accept: ", accept);
	return n > 0 && n < MUX_UPGRADE_ANSWER ? (size_t)n : 0;
}

const char *mux_upgrade_fields(mux_request_kind k)
{
	if (k == MUX_REQUEST_UDP)
		return "Upgrade: connect-udp\r\n";
	return k == MUX_REQUEST_WEBSOCKET ? "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
					  : "";
}
