/* SPDX-License-Identifier: MIT */
#include "io/filter/filter.h"
#include "io/filter/script.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* libnftables ends the program where there is no such socket. */
static bool has_netfilter(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The library shows the line and marks the place below it: what it says first is the reason. */
static bool fail(struct nft_ctx *nft, err *e)
{
	const char *text = nft_ctx_get_error_buffer(nft);
	const char *why = text ? strstr(text, "Error: ") : NULL;

	why = why ? why + strlen("Error: ") : text && *text ? text : "no reason given";
	return err_set(e, ERR_SYSTEM, "nftables: %.*s", (int)strcspn(why, "\n"), why);
}

/* out: what a list command says; NULL: not wanted. */
static bool run(const char *script, char *out, size_t room, err *e)
{
	struct nft_ctx *nft = has_netfilter() ? nft_ctx_new(NFT_CTX_DEFAULT) : NULL;

	if (!nft)
		return err_sys(e, errno, "nftables");
	nft_ctx_buffer_output(nft);
	nft_ctx_buffer_error(nft);
	bool ok = nft_run_cmd_from_buffer(nft, script) == 0 || fail(nft, e);
	if (ok && out)
		snprintf(out, room, "%s", nft_ctx_get_output_buffer(nft));
	nft_ctx_free(nft);
	return ok;
}

bool filter_set(const filter_rules *f, err *e)
{
	char script[FILTER_SCRIPT];

	if (!filter_script(f, script))
		return err_set(e, ERR_LIMIT, "nftables: too many prefixes");
	/* The chains of another version may be there, elsewhere than ours belong. */
	return run(script, NULL, 0, NULL) ||
	       (filter_remove(f->id, NULL) && run(script, NULL, 0, NULL)) ||
	       run(script, NULL, 0, e);
}

bool filter_remove(uint32_t id, err *e)
{
	char script[FILTER_SCRIPT];

	filter_script_remove(id, script);
	return run(script, NULL, 0, e);
}

/* "counter NAME { packets N bytes M }", over several lines. */
static uint64_t sum_of(const char *text, const char *name)
{
	uint64_t sum = 0, n;

	for (const char *p = text; (p = strstr(p, name)); p++)
		if (sscanf(p + strlen(name), " { packets %" SCNu64, &n) == 1)
			sum += n;
	return sum;
}

bool filter_count(uint32_t id, filter_counts *out)
{
	char script[FILTER_SCRIPT], listed[2048];
	err e = { 0 };

	filter_script_count(id, script);
	if (!run(script, listed, sizeof listed, &e))
		return false;
	*out = (filter_counts){ .in = sum_of(listed, "counter in"),
				.out = sum_of(listed, "counter out") };
	return true;
}
