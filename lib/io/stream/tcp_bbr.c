/* SPDX-License-Identifier: MIT */
/* tcp_bbr.c - looks at the congestion control of a socket, and lets it begin anew. The kernel has no call for
 * that, but a socket that is given another congestion control and BBR again has forgotten what it knew. */
#include "base/clock.h"
#include "io/stream/stream_priv.h"
#include <linux/inet_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

/* The kernel tells the state by its gains, in units of 1/256. ProbeBW has a window of twice what the path
 * holds and sends at five quarters of its rate at most: more is Startup, which in later versions of BBR has
 * the same window; ProbeRTT has a smaller one. */
enum { PROBE_BW_CWND = 2 * 256, PROBE_BW_PACING_MAX = 5 * 256 / 4 };

/* False: it isn't BBR. */
static bool look(int fd, bbr_sample *out)
{
	union tcp_cc_info cc;
	struct tcp_info tcp;
	socklen_t n_cc = sizeof(cc), n_tcp = sizeof(tcp);
	if (getsockopt(fd, IPPROTO_TCP, TCP_CC_INFO, &cc, &n_cc) < 0 || n_cc < sizeof(cc.bbr) ||
	    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &tcp, &n_tcp) < 0)
		return false;
	*out = (bbr_sample){
		.rate = (uint64_t)cc.bbr.bbr_bw_hi << 32 | cc.bbr.bbr_bw_lo,
		.probe_bw = cc.bbr.bbr_cwnd_gain == PROBE_BW_CWND &&
			    cc.bbr.bbr_pacing_gain <= PROBE_BW_PACING_MAX,
		.in_recovery = tcp.tcpi_ca_state != TCP_CA_Open,
	};
	return true;
}

void stream_waits(stream *s, uint64_t wait_ms)
{
	uint64_t now = clock_mono_ms();
	bbr_sample seen;
	if (bbr_restart_note_wait(&s->restart, now, wait_ms) && look(s->fd, &seen) &&
	    bbr_restart_decide(&s->restart, now, &seen)) {
		tcp_congestion(s->fd, "reno");
		tcp_congestion(s->fd, "bbr");
	}
}
