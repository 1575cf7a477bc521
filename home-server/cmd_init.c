/* SPDX-License-Identifier: MIT */
/* cmd_init.c - homeward-server init: a configuration to begin with, and the place for the state. */
#include "commands.h"
#include "conf_values.h"
#include "store/registry.h"

#include "base/private.h"
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct plan {
	char conf[PATH_MAX], state[PATH_MAX], dir[PATH_MAX];
} plan;

/* Relative paths would mean something else to a daemon that runs elsewhere. */
static bool make_absolute(const char *dir, char out[PATH_MAX], err *e)
{
	char cwd[PATH_MAX] = "";

	if (dir[0] != '/' && !getcwd(cwd, sizeof cwd))
		return err_sys(e, errno, "the current directory");
	int n = snprintf(out, PATH_MAX, "%s%s%s", cwd, dir[0] == '/' ? "" : "/", dir);
	return n < PATH_MAX - 32 || err_set(e, ERR_USAGE, "%.80s: the path is too long", dir);
}

static bool make_plan(const options *o, plan *p, err *e)
{
	if (!make_absolute(o->dir ? o->dir : "/etc/homeward", p->dir, e))
		return false;
	snprintf(p->conf, sizeof p->conf, "%.*s/server.conf", PATH_MAX - 32, p->dir);
	if (o->config)
		snprintf(p->conf, sizeof p->conf, "%s", o->config);
	if (o->dir)
		snprintf(p->state, sizeof p->state, "%.*s/state", PATH_MAX - 32, p->dir);
	else
		strcpy(p->state, "/var/lib/homeward");
	return true;
}

static bool check_arguments(const options *o, err *e)
{
	server_conf c = { 0 };
	char name[16];
	bool ok = true;

	if (!server_realm_ok(o->realm))
		return err_set(e, ERR_USAGE, "--realm: expected a domain name, not '%.60s'",
			       o->realm);
	if (!server_conf_networks(o->network, &c, e))
		return err_prefix(e, "--network");
	if (o->listen && !conf_endpoints(o->listen, c.listens, CONF_LISTENS, &c.n_listens, e))
		return err_prefix(e, "--listen");
	if (o->lan && !conf_link(o->lan, name, e))
		return err_prefix(e, "--lan");
	if (o->interface && !conf_link(o->interface, name, e))
		return err_prefix(e, "--interface");
	for (unsigned i = 0; ok && i < o->publics.n; i++)
		ok = value_public(o->publics.at[i], &c, e) || err_prefix(e, "--public");
	for (unsigned i = 0; i < c.n_publics; i++)
		free(c.publics[i]);
	return ok;
}

static const char optional_keys[] =
	"\n# What may be set besides, with its default (docs/operation.md):\n"
	"#pool = FIRST-LAST       # IPv4 addresses to assign; from .101 on in larger networks\n"
	"#user = homeward         # whom the server runs as\n"
	"#lifetime = 600          # seconds a registration is granted at most\n"
	"#lifetime_min = 10       # and at least\n"
	"#sa_lifetime = 600       # seconds an association lives; as lifetime by default\n"
	"#keepalive = 25          # seconds between the keepalives of clients behind a NAT\n"
	"#max_clients = 100000    # registered at the same time\n"
	"#link_mtu = 1500         # of the link to the internet\n"
	"#ciphers = aes-128-gcm, chacha20-poly1305, aes-256-gcm\n"
	"#groups = x25519, p256, p384, modp2048\n";

static int format_conf(const options *o, const plan *p, char *out, size_t room)
{
	char publics[CLI_LIST_MAX * 280] = "", lan[64] = "#lan = eth0";
	size_t n = 0;

	for (unsigned i = 0; i < o->publics.n; i++)
		n += (size_t)snprintf(publics + n, sizeof publics - n, "public = %s\n",
				      o->publics.at[i]);
	if (o->lan)
		snprintf(lan, sizeof lan, "lan = %s", o->lan);
	return snprintf(out, room,
			"# The home server's configuration; `homeward-server check` checks it.\n\n"
			"[server]\nrealm = %s\nnetwork = %s\n%s\n%slisten = %s\ninterface = %s\n"
			"state = %s\nlog = info\n%s",
			o->realm, o->network, lan, publics,
			o->listen ? o->listen : "0.0.0.0:434, 0.0.0.0:4500, [::]:434, [::]:4500",
			o->interface ? o->interface : "hw0", p->state, optional_keys);
}

/* mode: of the last one, where it is made. */
static bool make_dirs(const char *path, mode_t mode, err *e)
{
	char part[PATH_MAX];

	snprintf(part, sizeof part, "%s", path);
	for (char *at = part + 1; (at = strchr(at, '/')); *at++ = '/') {
		*at = 0;
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return err_sys(e, errno, "%s", part);
	}
	return mkdir(part, mode) == 0 || errno == EEXIST || err_sys(e, errno, "%s", part);
}

/* A daemon that has changed to its user reads the file again at SIGHUP. */
static bool let_daemon_read(const char *file, err *e)
{
	const struct passwd *user = geteuid() == 0 ? getpwnam(PRIVATE_DAEMON_USER) : NULL;

	return !user || (chown(file, 0, user->pw_gid) == 0 && chmod(file, 0640) == 0) ||
	       err_sys(e, errno, "%s", file);
}

bool cmd_init(const options *o, err *e)
{
	plan p;
	char text[8192];

	if (!check_arguments(o, e) || !make_plan(o, &p, e))
		return false;
	if (access(p.conf, F_OK) == 0)
		return err_set(e, ERR_USAGE, "%s exists: edit it, or move it away first", p.conf);
	int n = format_conf(o, &p, text, sizeof text);
	if (!make_dirs(p.dir, 0711, e) || !make_dirs(p.state, 0700, e) ||
	    !registry_prepare(p.state, e) || !file_write_atomic(p.conf, 0600, text, (size_t)n, e) ||
	    !let_daemon_read(p.conf, e))
		return false;
	printf("wrote %s, state in %s\nnext: homeward-server add NAME, homeward-server run\n",
	       p.conf, p.state);
	return true;
}
