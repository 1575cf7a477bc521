/* SPDX-License-Identifier: MIT */
#include "io/daemon/show.h"
#include "io/daemon/control.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { ANSWER_MS = 10000, WATCH_S = 1 };

const char *show_text(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "-";
}

long long show_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

void show_json(const json_t *value)
{
	json_dumpf(value, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	putchar('\n');
}

static bool show_once(const char *socket, const char *command, const show_options *how, bool again,
		      void (*print)(const json_t *answer), err *e)
{
	json_t *answer = control_call(socket, command, NULL, ANSWER_MS, e);

	if (!answer)
		return false;
	if (how->json) {
		show_json(answer);
	} else {
		if (again)
			putchar('\n');
		print(answer);
	}
	json_decref(answer);
	return fflush(stdout) == 0 || err_sys(e, errno, "standard output");
}

bool show_answer(const char *socket, const char *command, const show_options *how,
		 void (*print)(const json_t *answer), err *e)
{
	bool ok = show_once(socket, command, how, false, print, e);

	while (ok && how->watch) {
		sleep(WATCH_S);
		ok = show_once(socket, command, how, true, print, e);
	}
	return ok;
}
