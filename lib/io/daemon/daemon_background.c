/* SPDX-License-Identifier: MIT */
/* daemon_background.c - the parent waits on a pipe for one report: '+' or '-', then a text, then
 * the end. */
#include "io/daemon/daemon.h"
#include "base/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void null_standard_descriptors(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; fd >= 0 && i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

/* A session of its own, and not its leader, so that no terminal ever becomes its own. */
static int become_daemon(const int pipe_fd[2], int *report)
{
	setsid();
	pid_t pid = fork();
	if (pid)
		_exit(pid < 0);
	close(pipe_fd[0]);
	null_standard_descriptors();
	*report = pipe_fd[1];
	return 0;
}

/* Above the standard descriptors, which the child replaces. */
static bool high_pipe(int out[2])
{
	int low[2];

	if (pipe2(low, O_CLOEXEC) < 0)
		return false;
	out[0] = fcntl(low[0], F_DUPFD_CLOEXEC, 3);
	out[1] = fcntl(low[1], F_DUPFD_CLOEXEC, 3);
	close(low[0]);
	close(low[1]);
	if (out[0] >= 0 && out[1] >= 0)
		return true;
	if (out[0] >= 0)
		close(out[0]);
	return false;
}

int daemon_background(int *report, err *e)
{
	int pipe_fd[2], status = 0;

	if (!high_pipe(pipe_fd)) {
		err_sys(e, errno, "going to the background");
		return -1;
	}
	pid_t pid = fork();
	if (pid == 0)
		return become_daemon(pipe_fd, report);
	int why = errno;
	close(pipe_fd[1]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return pipe_fd[0];
	err_sys(e, pid < 0 ? why : EAGAIN, "going to the background");
	close(pipe_fd[0]);
	return -1;
}

bool daemon_report(int fd, bool ok, const char *text)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "%c%s", ok ? '+' : '-', text);
	size_t len = n < (int)sizeof(line) ? (size_t)n : sizeof(line) - 1;
	bool reported =
		write(fd, line, len) == (ssize_t)len; /* less than PIPE_BUF: all or nothing */

	close(fd);
	return reported;
}

/* Octets read until the end; -1: it didn't come in time. */
static ssize_t read_to_end(int fd, uint64_t deadline_ms, char *buf, size_t size)
{
	size_t n = 0;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		uint64_t now = clock_mono_ms();
		int r = poll(&p, 1, now < deadline_ms ? (int)(deadline_ms - now) : 0);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return -1;
		ssize_t got = read(fd, buf + n, size - n);
		if (got <= 0)
			return (ssize_t)n;
		n += (size_t)got;
	}
}

bool daemon_wait_report(int fd, unsigned timeout_ms, char *text, unsigned text_len, bool *ok)
{
	char line[512] = "-";
	ssize_t n = read_to_end(fd, clock_mono_ms() + timeout_ms, line, sizeof(line) - 1);

	close(fd);
	if (n < 0)
		return false;
	line[n > 0 ? n : 1] = '\0';
	*ok = line[0] == '+';
	snprintf(text, text_len, "%s",
		 n > 0 ? line + 1 : "the daemon ended without giving a reason");
	return true;
}
