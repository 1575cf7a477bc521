/* SPDX-License-Identifier: MIT */
/* mkcrowd.c - clients by the thousand in a home server's state that no server is using.
 *
 *   mkcrowd STATE REALM FIRST N
 *
 * Adds c0 .. c<N-1> with the permanent addresses FIRST, FIRST + 1, ... and prints what each client would
 * know, "IDENTITY ADDRESS KEY SPI" a line. The files are those that `homeward-server add` writes,
 * without bringing each to the disk, which is what would take minutes.
 */
#include "store/state_store.h"

#include "base/wire.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

typedef struct member {
	state_card card;
	uint8_t key0[KEY0_LEN];
	uint32_t slot;
} member;

static bool member_make(member *m, uint32_t i, uint32_t first, err *e)
{
	uint8_t at[4], secrets[CLIENT_ID_LEN + KEY0_LEN];

	if (getrandom(secrets, sizeof secrets, 0) != sizeof secrets)
		return err_sys(e, errno, "randomness");
	*m = (member){ 0 };
	memcpy(m->card.id, secrets, CLIENT_ID_LEN);
	memcpy(m->key0, secrets + CLIENT_ID_LEN, KEY0_LEN);
	snprintf(m->card.name, sizeof m->card.name, "c%u", i);
	m->card.spi = 0x50000000u + i;
	store_be32(at, first + i);
	m->card.home4 = ip_from_bytes(at, 4);
	return true;
}

static bool member_write(const member *m, const char *state, const char *realm, const char *address,
			 const char *key, err *e)
{
	char path[PATH_MAX], id[2 * CLIENT_ID_LEN + 1];

	hex_encode(m->card.id, CLIENT_ID_LEN, id);
	snprintf(path, sizeof path, "%s/clients/%s.client", state, m->card.name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, errno, "%s", path);
	int n = dprintf(fd,
			"[client]\nid = %s\nidentity = %s@%s\nkey = %s\nspi = 0x%08x\nslot = %u\n"
			"address = %s\n",
			id, m->card.name, realm, key, m->card.spi, m->slot, address);
	return (close(fd) == 0 && n > 0) || err_sys(e, errno, "%s", path);
}

static bool member_add(state_store *s, char **argv, uint32_t first, uint32_t i, err *e)
{
	member m;
	char address[ADDR_STRLEN], key[2 * KEY0_LEN + 1];

	if (!member_make(&m, i, first, e))
		return false;
	m.slot = state_add(s, &m.card, e);
	ip_format(&m.card.home4, address);
	hex_encode(m.key0, KEY0_LEN, key);
	if (m.slot == STATE_NO_SLOT || !member_write(&m, argv[1], argv[2], address, key, e))
		return false;
	printf("%s@%s %s %s 0x%08x\n", m.card.name, argv[2], address, key, m.card.spi);
	return true;
}

int main(int argc, char **argv)
{
	ip_addr first;
	char path[PATH_MAX];
	err e = { 0 };

	if (argc != 5 || !ip_parse(argv[3], &first) || first.len != 4) {
		fprintf(stderr, "usage: mkcrowd STATE REALM FIRST N\n");
		return 2;
	}
	snprintf(path, sizeof path, "%s/replay.db", argv[1]);
	state_store *s = state_open(path, true, &e);
	bool ok = s != NULL;
	uint32_t n = (uint32_t)strtoul(argv[4], NULL, 10);
	for (uint32_t i = 0; ok && i < n; i++)
		ok = member_add(s, argv, load_be32(first.b), i, &e);
	state_close(s);
	if (!ok)
		fprintf(stderr, "mkcrowd: %s\n", e.text);
	return ok ? 0 : 1;
}
