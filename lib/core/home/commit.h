/* SPDX-License-Identifier: MIT */
/* commit.h - a registration that passed all checks takes effect, in one step: its association is received on first,
 * then pseudonyms and identification, then the binding, then the reply is filled in. */
#ifndef HW_CORE_HOME_COMMIT_H
#define HW_CORE_HOME_COMMIT_H

#include "core/home/link.h"
#include "core/home/presence.h"

typedef struct home_commits { /* borrowed */
	const home_conf *conf;
	const logger *log;
	home_peers *peers;
	home_presence *presence;
	home_links *links;
} home_commits;

/* Fills in what a grant adds to the reply; it borrows from the transaction. A refusal (no memory, or the
 * association's SPI was taken meanwhile) has changed nothing. */
home_verdict home_commit(const home_commits *c, home_txn *t, core_time now, reg_reply *out);

#endif
