/* SPDX-License-Identifier: MIT */
#include "upgrade.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

enum { KEY_LEN = 24, KEY_OCTETS = 16, SHA1_LEN = 20, ACCEPT_LEN = 28 };

static const char *token_of(request_kind k)
{
	return k == REQUEST_UDP ? "connect-udp" : "websocket";
}

/* RFC 6455 4.1: 16 octets in base64. */
static bool key_ok(const char *key)
{
	uint8_t octets[KEY_OCTETS + 2];

	return key && strlen(key) == KEY_LEN && strcmp(key + KEY_LEN - 2, "==") == 0 &&
	       !strchr(key, ' ') &&
	       EVP_DecodeBlock(octets, (const uint8_t *)key, KEY_LEN) == KEY_OCTETS + 2;
}

static unsigned websocket_check(const http_head *h)
{
	const char *version = http_get(h, "sec-websocket-version");
	unsigned at = 0;

	if (!version || strcmp(version, "13") != 0)
		return 426; /* 4.2.2 */
	const char *key = http_next(h, "sec-websocket-key", &at);
	return key_ok(key) && !http_next(h, "sec-websocket-key", &at) ? 0 : 400;
}

/* What follows the head is the tunnel's: a body would be taken for it. */
static bool has_body(const http_head *h)
{
	const char *length = http_get(h, "content-length");

	return http_get(h, "transfer-encoding") ||
	       (length && strspn(length, "0") != strlen(length));
}

unsigned upgrade_check(request_kind k, const http_head *h)
{
	if (http_minor(h) < 1 || !http_has_token(h, "connection", "upgrade") ||
	    !http_has_token(h, "upgrade", token_of(k)))
		return 426;
	if (has_body(h))
		return 400;
	return k == REQUEST_WEBSOCKET ? websocket_check(h) : 0;
}

/* RFC 6455 4.2.2, 5.4. */
static bool accept_of(const char *key, char out[ACCEPT_LEN + 1])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char text[KEY_LEN + sizeof guid];
	uint8_t digest[EVP_MAX_MD_SIZE];

	int n = snprintf(text, sizeof text, "%s%s", key, guid);
	if (EVP_Digest(text, (size_t)n, digest, NULL, EVP_sha1(), NULL) != 1)
		return false;
	return EVP_EncodeBlock((uint8_t *)out, digest, SHA1_LEN) == ACCEPT_LEN;
}

size_t upgrade_answer(request_kind k, const http_head *h, char out[UPGRADE_ANSWER])
{
	char accept[ACCEPT_LEN + 1] = "";

	if (k == REQUEST_WEBSOCKET && !accept_of(http_get(h, "sec-websocket-key"), accept))
		return 0;
	int n = snprintf(
		out, UPGRADE_ANSWER,
		"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
		"Upgrade: %s\r\n%s%s\r\n\r\n",
		token_of(k),
		k == REQUEST_UDP ? "Capsule-Protocol: ?1" : "Sec-WebSocket-Accept: ", accept);
	return n > 0 && n < UPGRADE_ANSWER ? (size_t)n : 0;
}

const char *upgrade_wanted(request_kind k)
{
	if (k == REQUEST_UDP)
		return "Upgrade: connect-udp\r\n";
	return k == REQUEST_WEBSOCKET ? "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" : "";
}
