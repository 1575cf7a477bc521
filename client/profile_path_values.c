/* SPDX-License-Identifier: MIT */
#include "profile_path_values.h"
#include "base/conf_types.h"
#include "profile.h"
#include "words.h"

#include <string.h>

static bool take_target(const char *path, mux_name *out)
{
	const char *name = *path == '/' ? path + 1 : path;

	if (!*name)
		name = "home";
	if (!conf_is_name(name))
		return false;
	strcpy(out->target, name); /* conf_is_name() saw to its length */
	return true;
}

static bool take_host(const url *u, mux_name *out)
{
	out->https = strcmp(u->scheme, "https") == 0;
	out->own_port = u->port != 0;
	return host_port_parse(u->host, u->port ? u->port : url_default_port(u->scheme), &out->at);
}

bool profile_mux(const char *text, void *field, err *e)
{
	profile *p = field;
	mux_name m = { 0 };
	err why = { 0 };
	url u;
	bool good = url_parse(text, &u, &why) &&
		    (strcmp(u.scheme, "https") == 0 || strcmp(u.scheme, "http") == 0) && !*u.user &&
		    take_host(&u, &m) && take_target(u.path, &m);

	if (!good)
		return err_set(e, ERR_CONFIG, "expected https://HOST[:PORT][/TARGET], not '%.60s'",
			       url_shown(text));
	if (p->n_muxes == PROFILE_MUXES)
		return err_set(e, ERR_CONFIG, "at most %d of them", PROFILE_MUXES);
	p->muxes[p->n_muxes++] = m;
	return true;
}

static bool is_proxy_scheme(const char *s)
{
	static const char *const known[] = { "http", "socks5", "socks4" };

	for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(s, known[i]) == 0)
			return true;
	return false;
}

/* A refusal doesn't repeat the text: it may hold a password. */
bool profile_proxy(const char *text, void *field, err *e)
{
	proxy_setting *s = field;
	err why = { 0 };

	if (strcmp(text, "auto") == 0 || strcmp(text, "none") == 0) {
		s->mode = *text == 'a' ? PROXY_AUTO : PROXY_NONE;
		return true;
	}
	s->mode = PROXY_GIVEN;
	if (url_parse(text, &s->at, &why) && is_proxy_scheme(s->at.scheme))
		return true;
	return err_set(e, ERR_CONFIG,
		       "expected auto, none, http://[USER:PASSWORD@]HOST:PORT or socks5://...");
}

bool profile_tls(const char *text, void *field, err *e)
{
	*(bool *)field = strcmp(text, "carrier") == 0;
	return *(bool *)field || strcmp(text, "strict") == 0 ||
	       err_set(e, ERR_CONFIG, "expected strict or carrier, not '%.20s'", text);
}

static void add_kind(profile *p, client_path_kind k)
{
	for (unsigned i = 0; i < p->n_kinds; i++)
		if (p->kinds[i] == k)
			return;
	p->kinds[p->n_kinds++] = k;
}

static bool take_path(const char *w, void *field, err *e)
{
	static const char *const known[] = { "direct", "relay", "https", "http", "auto" };

	enum { N = sizeof known / sizeof known[0], AUTO = N - 1 };
	profile *p = field;
	unsigned i = 0;
	while (i < N && strcmp(w, known[i]) != 0)
		i++;
	if (i == N) {
		const char *near = conf_nearest(w, known, N);
		return err_set(e, ERR_CONFIG, "unknown path '%.40s'; %s%s", w,
			       near ? "did you mean "
				    : "expected auto, or a list of direct, relay, https, http",
			       near ? near : "");
	}
	for (unsigned k = 0; k < PATH_N_KINDS; k++)
		if (k == i || i == AUTO)
			add_kind(p, (client_path_kind)k);
	return true;
}

bool profile_paths(const char *text, void *field, err *e)
{
	profile *p = field;

	return words_each(text, take_path, field, e) && conf_string(text, &p->paths, e);
}
