/* SPDX-License-Identifier: MIT */
#include "io/http/portal.h"
#include "carrier_kit.h"

typedef struct answer {
	scene scene;
	portal_result r;
	char where[PORTAL_URL];
} answer;

static void on_portal(void *ctx, portal_result r, const char *where)
{
	answer *a = ctx;

	a->r = r;
	snprintf(a->where, sizeof a->where, "%s", where);
	a->scene.down = true;
}

static void check_portal(const char *raw, portal_result r, const char *where)
{
	answer a;
	scene *s = &a.scene;
	err e;
	char want[PORTAL_URL];

	set_up(s, &(server_script){ .raw = raw, .silent = !raw });
	portal_conf c = { .at = s->server.at, .host = "probe.test", .up = s->conf.up };
	portal_probe *p = portal_ask(s->l, &c, on_portal, &a, &e);
	assert_non_null(p);
	assert_true(await(s, is_down));
	assert_int_equal(a.r, r);
	snprintf(want, sizeof want, where, s->server.at.port);
	assert_string_equal(a.where, want);
	assert_true(!raw || server_saw(&s->server, "GET /generate_204"));
	portal_free(p);
	tear_down(s);
}

TEST(portals_are_distinguished_from_open_networks)
{
	NEED_NETNS();
	check_portal("HTTP/1.1 204 x\r\n\r\n", PORTAL_OPEN, "");
	check_portal("HTTP/1.1 302 x\r\nLocation: https://hotel.test/a?b\r\n\r\n", PORTAL_FOUND,
		     "https://hotel.test/a?b");
	check_portal("HTTP/1.1 200 x\r\nContent-Length: 2\r\n\r\nhi", PORTAL_FOUND,
		     "http://probe.test:%u/");
	check_portal("nothing like it\r\n\r\n", PORTAL_SILENT, "");
	check_portal(NULL, PORTAL_SILENT, "");
}

/* RFC 1035 2.3.4 allows that much; what does not fit of the URL is cut. */
TEST(longest_host_names_fit)
{
	char host[URL_HOST];
	answer a;
	scene *s = &a.scene;
	err e;

	NEED_NETNS();
	memset(host, 'a', sizeof host - 1);
	host[sizeof host - 1] = '\0';
	set_up(s, &(server_script){ .raw = "HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n" });
	portal_conf c = { .at = s->server.at, .up = s->conf.up };
	memcpy(c.host, host, sizeof host);
	portal_probe *p = portal_ask(s->l, &c, on_portal, &a, &e);
	assert_non_null(p);
	assert_true(await(s, is_down));
	assert_int_equal(a.r, PORTAL_FOUND);
	assert_true(strncmp(a.where, "http://aaa", 10) == 0);
	assert_true(server_saw(&s->server, "GET /generate_204"));
	portal_free(p);
	tear_down(s);
}

RUN(T(portals_are_distinguished_from_open_networks), T(longest_host_names_fit))
