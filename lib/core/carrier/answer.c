/* SPDX-License-Identifier: MIT */
#include "core/carrier/answer.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_upgrade(const http_head *h, const char *to)
{
	return http_status(h) == 101 && http_has_token(h, "connection", "upgrade") &&
	       http_has_token(h, "upgrade", to);
}

bool carrier_answer_is_connect_udp(const http_head *h)
{
	return is_upgrade(h, "connect-udp");
}

/* RFC 6455 4.1, 4.2.2. */
bool carrier_answer_is_websocket(const http_head *h, const char *key)
{
	char text[128];
	uint8_t sum[20], want[32];
	unsigned len = 0;
	const char *got = http_get(h, "sec-websocket-accept");
	int n = snprintf(text, sizeof text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);

	if (!is_upgrade(h, "websocket") || !got ||
	    EVP_Digest(text, (size_t)n, sum, &len, EVP_sha1(), NULL) != 1)
		return false;
	EVP_EncodeBlock(want, sum, sizeof sum);
	return strcmp(got, (const char *)want) == 0;
}

bool carrier_answer_is_html(const http_head *h)
{
	const char *type = http_get(h, "content-type");

	return type && strncasecmp(type, "text/html", strlen("text/html")) == 0;
}

void carrier_answer_explain(const http_head *h, carrier_error *e)
{
	unsigned status = http_status(h);
	const char *to = http_get(h, "location");

	if (status >= 300 && status < 400 && to)
		carrier_error_set(e, CARRIER_PORTAL, "captive portal at %.128s", to);
	else if (status == 511) /* RFC 6585 6 */
		carrier_error_set(e, CARRIER_PORTAL,
				  "captive portal: network authentication required (511)");
	else if (status < 300 && carrier_answer_is_html(h))
		carrier_error_set(e, CARRIER_ANSWERED,
				  "a web server that is not a multiplexer answers");
	else if (status == 404)
		carrier_error_set(e, CARRIER_ANSWERED,
				  "404 Not Found: no multiplexer there, or it has no such target");
	else if (status == 504)
		carrier_error_set(e, CARRIER_ANSWERED,
				  "504 Gateway Timeout: the multiplexer's target is down");
	else
		carrier_error_set(e, CARRIER_ANSWERED, "the multiplexer's answer is %u %.64s",
				  status, http_reason(h));
}
