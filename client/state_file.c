/* SPDX-License-Identifier: MIT */
#include "state_file.h"
#include "base/clock.h"
#include "base/conf_types.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The longest there can be. */
enum {
	BOOT_ID = 36, /* octets of text */
	STATE_TEXT = 192 + CLIENT_RELAYS * (ENDPOINT_STRLEN + RELAY_NAME_MAX + 16) +
		     CLIENT_NETWORKS * (2 * ADDR_STRLEN + CLIENT_HINT + 32),
};

bool state_file_path(char *out, size_t n, const char *dir, const char *identity, err *e)
{
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return err_sys(e, errno, "state directory %s", dir);
	int len = snprintf(out, n, "%s/client-%s.state", dir, identity);
	return (len > 0 && (size_t)len + 8 < n) ||
	       err_set(e, ERR_LIMIT, "state directory %.60s...: too long", dir);
}

/* One line, "relay = ADDRESS:PORT NAME". */
static bool load_relay(const char *line, reg_relay *out)
{
	char at[ENDPOINT_STRLEN];

	*out = (reg_relay){ 0 };
	return sscanf(line, "relay = %71[^ \n]%*1[ ]%63[^ \n]", at, out->name) == 2 &&
	       conf_is_name(out->name) && endpoint_parse(at, 0, &out->at);
}

static void load_relays(const char *text, client_saved *s)
{
	reg_relay r;

	while ((text = strstr(text, "\nrelay = ")) && s->n_relays < CLIENT_RELAYS)
		if (load_relay(++text, &r))
			s->relays[s->n_relays++] = r;
}

static size_t put_relays(char *to, size_t room, const client_saved *s)
{
	char at[ENDPOINT_STRLEN];
	size_t n = 0;

	for (unsigned i = 0; i < s->n_relays; i++)
		n += (size_t)snprintf(to + n, room - n, "relay = %s %s\n",
				      endpoint_format(&s->relays[i].at, at), s->relays[i].name);
	return n;
}

/* The rest of a line, if it is short enough and printable. */
static void load_hint(const char *rest, char hint[CLIENT_HINT])
{
	rest += strspn(rest, " ");
	size_t n = strcspn(rest, "\n");
	bool good = n < CLIENT_HINT;
	for (size_t i = 0; i < n; i++)
		good = good && rest[i] >= ' ' && rest[i] <= '~';
	if (!good)
		return;
	memcpy(hint, rest, n);
	hint[n] = 0;
}

/* One line, "network = GATEWAY ADDRESS/BITS KIND HINT"; a network without a gateway has "-". The hint
 * is more than one word, and may be none. */
static bool load_network(const char *line, client_network *out)
{
	char gateway[ADDR_STRLEN], local[ADDR_STRLEN], kind[16];
	unsigned bits;
	int used = 0;

	*out = (client_network){ 0 };
	if (sscanf(line, "network = %45s %45[^/]/%u %15s%n", gateway, local, &bits, kind, &used) !=
		    4 ||
	    !ip_parse(local, &out->local.addr) || bits > 8u * out->local.addr.len ||
	    (strcmp(gateway, "-") != 0 && !ip_parse(gateway, &out->gateway)))
		return false;
	out->local.bits = (uint8_t)bits;
	load_hint(line + used, out->hint);
	for (out->kind = 0; out->kind < PATH_N_KINDS; out->kind++)
		if (strcmp(kind, client_path_kind_name(out->kind)) == 0)
			return true;
	return false;
}

static void load_networks(const char *text, client_saved *s)
{
	client_network n;

	while ((text = strstr(text, "\nnetwork = ")) && s->n_networks < CLIENT_NETWORKS)
		if (load_network(++text, &n))
			s->networks[s->n_networks++] = n;
}

static size_t put_networks(char *to, size_t room, const client_saved *s)
{
	char gateway[ADDR_STRLEN] = "-", local[ADDR_STRLEN];
	size_t n = 0;

	for (unsigned i = 0; i < s->n_networks; i++) {
		const client_network *k = &s->networks[i];
		n += (size_t)snprintf(to + n, room - n, "network = %s %s/%u %s%s%s\n",
				      k->gateway.len ? ip_format(&k->gateway, gateway) : "-",
				      ip_format(&k->local.addr, local), k->local.bits,
				      client_path_kind_name(k->kind), *k->hint ? " " : "", k->hint);
	}
	return n;
}

/* Which start of the machine this is. False: not known. */
static bool read_boot_id(char out[BOOT_ID + 1])
{
	char *text;
	size_t n;

	if (!file_read("/proc/sys/kernel/random/boot_id", 64, &text, &n, NULL))
		return false;
	bool ok = n >= BOOT_ID;
	if (ok)
		memcpy(out, text, BOOT_ID);
	out[BOOT_ID] = 0;
	free(text);
	return ok;
}

/* A line "home_time = BOOT-ID NTP-TIME MILLISECONDS LAST-IDENTIFICATION". */
static void load_clock(const char *text, client_saved *s)
{
	const char *line = strstr(text, "\nhome_time = ");
	char boot[BOOT_ID + 1], now[BOOT_ID + 1];
	ident_clock c;

	if (line &&
	    sscanf(line, "\nhome_time = %36s %" SCNx64 " %" SCNu64 " %" SCNx64, boot, &c.home_ntp,
		   &c.at_ms, &c.last) == 4 &&
	    read_boot_id(now) && strcmp(boot, now) == 0 && c.at_ms <= clock_mono_ms())
		s->clock = c;
}

static size_t put_clock(char *to, size_t room, const ident_clock *c)
{
	char boot[BOOT_ID + 1];

	if (!ident_is_set(c) || !read_boot_id(boot))
		return 0;
	return (size_t)snprintf(to, room, "home_time = %s %" PRIx64 " %" PRIu64 " %" PRIx64 "\n",
				boot, c->home_ntp, c->at_ms, c->last);
}

client_saved state_file_load(const char *path)
{
	client_saved s = { 0 };
	char *text;
	size_t n;

	if (!file_read(path, STATE_TEXT, &text, &n, NULL))
		return s;
	if (sscanf(text, "pseudonym = 0x%" SCNx32, &s.pseudonym) == 1) {
		load_clock(text, &s);
		load_relays(text, &s);
		load_networks(text, &s);
	}
	free(text);
	return s;
}

bool state_file_replace(const char *path, const char *text, size_t n, err *e)
{
	char temp[512];

	if (snprintf(temp, sizeof temp, "%s.new", path) >= (int)sizeof temp)
		return err_set(e, ERR_LIMIT, "%.100s: too long", path);
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, errno, "%s", temp);
	bool ok = write(fd, text, n) == (ssize_t)n;
	int why = ok ? 0 : errno ? errno : ENOSPC;
	close(fd);
	if (ok && rename(temp, path) < 0)
		why = errno;
	if (!why)
		return true;
	unlink(temp);
	return err_sys(e, why, "%s", path);
}

bool state_file_save(const char *path, const client_saved *s, err *e)
{
	char text[STATE_TEXT];
	int n = snprintf(text, sizeof text, "pseudonym = 0x%08" PRIx32 "\n", s->pseudonym);

	n += (int)put_clock(text + n, sizeof text - (size_t)n, &s->clock);
	n += (int)put_relays(text + n, sizeof text - (size_t)n, s);
	n += (int)put_networks(text + n, sizeof text - (size_t)n, s);
	return state_file_replace(path, text, (size_t)n, e);
}

static bool is_ours(const char *name)
{
	static const char *const others[] = { "clients", "daemon.lock", "lock", "replay.db" };

	if (strncmp(name, "client-", 7) == 0)
		return true;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcmp(name, others[i]) == 0)
			return true;
	return false;
}

/* The home server of the same machine keeps its state there as well. */
bool state_file_own(const char *path, const daemon_user *u, err *e)
{
	char dir[512];
	int n = snprintf(dir, sizeof dir, "%.*s", (int)(strrchr(path, '/') - path), path);

	return n < (int)sizeof dir && daemon_user_own(u, dir, is_ours, e);
}
