/*
 * One walk of a load test: where it stands between two of its requests. Worker thread.
 */
#ifndef SN_LOAD_WALKER_H
#define SN_LOAD_WALKER_H

#include "base/list.h"
#include "codec/oid.h"
#include "codec/pdu.h"

enum { SN_WALKER_VBS = SN_OID_MAX_BER + 16 };

struct sn_device;

struct sn_walker {
	struct sn_list node;	     /* among those that wait for their next request */
	struct sn_device *dev;	     /* whom it walks */
	struct sn_span root;	     /* the subtree; borrowed from the mix */
	uint32_t n;		     /* octets of oid */
	uint8_t oid[SN_OID_MAX_BER]; /* the last one that came */
	uint8_t vbs[SN_WALKER_VBS];  /* the request that asks what follows it */
};

enum sn_walker_verdict {
	SN_WALKER_ON,  /* more to ask */
	SN_WALKER_END, /* the subtree is over */
	SN_WALKER_CUT, /* no sense in going on: an error-status, OIDs that do not increase */
};

/* Begins at the root. */
void sn_walker_begin(struct sn_walker *wk, struct sn_device *dev, struct sn_span root);

/* The VarBindList content of the next request, valid until the walker is touched again. */
struct sn_span sn_walker_ask(struct sn_walker *wk);

/* Takes an answer in. */
enum sn_walker_verdict sn_walker_take(struct sn_walker *wk, const struct sn_pdu *pdu);

#endif
