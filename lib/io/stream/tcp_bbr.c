/* SPDX-License-Identifier: MIT */
/* The kernel has no call to start BBR again, but a socket that is given another congestion control and then BBR
 * has forgotten its estimates. */
#include "io/stream/tcp_bbr.h"
#include "io/net/tcp.h"
#include <linux/inet_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/* The kernel shows the state by its gains, in units of 1/256. ProbeBW has a window of twice what the path
 * holds and sends at five quarters of its rate at most: more is Startup, which in later versions of BBR has
 * the same window; ProbeRTT has a smaller one. */
enum { PROBE_BW_CWND = 2 * 256, PROBE_BW_PACING_MAX = 5 * 256 / 4 };

/* False: it isn't BBR. */
static bool sample(int fd, bbr_sample *out)
{
	union tcp_cc_info cc;
	struct tcp_info tcp;
	socklen_t n_cc = sizeof cc, n_tcp = sizeof tcp;

	if (getsockopt(fd, IPPROTO_TCP, TCP_CC_INFO, &cc, &n_cc) < 0 || n_cc < sizeof cc.bbr ||
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

void tcp_bbr_note_wait(bbr_restart *b, int fd, uint64_t now_ms, uint64_t wait_ms)
{
	bbr_sample seen;

	if (!bbr_restart_note_wait(b, now_ms, wait_ms) || !sample(fd, &seen) ||
	    !bbr_restart_decide(b, now_ms, &seen))
		return;
	tcp_congestion(fd, "reno");
	tcp_congestion(fd, "bbr");
}
