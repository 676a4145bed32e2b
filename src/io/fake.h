/*
 * The scripted network: an sn_io back end whose peers are functions and whose time is a number. The
 * same seed gives the same run, byte for byte. Serves tests and simulation; single-threaded.
 */
#ifndef SN_IO_FAKE_H
#define SN_IO_FAKE_H

#include "io/io.h"

struct sn_fake;

/* How the link treats a datagram, each way on its own. Parts per million. */
struct sn_fake_link {
	uint64_t delay_ns;    /* one way */
	uint64_t jitter_ns;   /* uniform, added to the delay; reorders by itself when large */
	uint32_t loss_ppm;    /* never arrives */
	uint32_t dup_ppm;     /* arrives twice */
	uint32_t reorder_ppm; /* held back by reorder_ns */
	uint64_t reorder_ns;  /* extra delay of a held-back datagram */
};

/*
 * A datagram reached peer address `to`. The function answers by sn_fake_reply, now or later in any
 * number. Called inside sn_io_wait.
 */
typedef void sn_fake_peer_fn(void *ctx, struct sn_fake *net, const struct sn_addr *to,
			     const struct sn_addr *from, struct sn_span data, uint64_t now);

struct sn_fake_config {
	uint64_t seed;		  /* of all random decisions of the network */
	uint64_t start_mono;	  /* ns */
	uint64_t start_wall;	  /* ns, Unix time */
	struct sn_fake_link link; /* default for all peers, both ways */
	sn_fake_peer_fn *peer;	  /* every peer; dispatches by address itself */
	void *peer_ctx;		  /* its first argument */
	unsigned sockets4;	  /* as in sn_io_config */
	unsigned sockets6;
	const struct sn_addr *listen; /* as in sn_io_config; copied */
	unsigned nlisten;	      /* as in sn_io_config */
};

/* SN_EINVAL: more sockets than an io may have, or to listen on no IP address; SN_ENOMEM. The io is
 * closed by sn_io_close. */
SN_MUST_USE int sn_fake_open(const struct sn_fake_config *cfg, struct sn_fake **net);

struct sn_io *sn_fake_io(struct sn_fake *net);

/* Sends data from peer address `from` to the collector's socket address `to` (the request's from),
 * or to any address of the port of a wildcard that listens, `delay` ns from now, then through the
 * link. */
void sn_fake_reply(struct sn_fake *net, const struct sn_addr *from, const struct sn_addr *to,
		   struct sn_span data, uint64_t delay);

/* As sn_fake_reply, but not touched by the link model: arrives exactly after delay. For scripted
 * replays. */
void sn_fake_inject(struct sn_fake *net, const struct sn_addr *from, const struct sn_addr *to,
		    struct sn_span data, uint64_t delay);

/* Moves the wall clock by delta ns; mono time is untouched. */
void sn_fake_step_wall(struct sn_fake *net, int64_t delta);

/* Changes the link from now on. */
void sn_fake_set_link(struct sn_fake *net, const struct sn_fake_link *link);

/* Makes the next n commits fail with err in handler.tx_error (0: stop that). */
void sn_fake_fail_tx(struct sn_fake *net, unsigned n, int err);

/* Makes the next n reserves give NULL, as when the kernel takes nothing (0: stop that). */
void sn_fake_block_tx(struct sn_fake *net, unsigned n);

#endif
