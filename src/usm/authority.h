/*
 * The authoritative side of USM: what an agent, a simulated device and a receiver of informs do
 * with a message that comes in (RFC 3412 §7.2, RFC 3414 §3.2) and how they answer: discovery
 * Reports, the time window, Reports for what is wrong, sealed responses. Pure functions; the
 * accounts' memory is the caller's. One thread per authority.
 */
#ifndef SN_USM_AUTHORITY_H
#define SN_USM_AUTHORITY_H

#include "usm/report.h"
#include "usm/seal.h"

/* A user at this engine. */
struct sn_usm_account {
	const struct sn_usm_user *user; /* name, level; borrowed */
	struct sn_usm_keys keys;	/* localized at first use */
	bool ready;			/* keys are there */
};

struct sn_authority {
	uint8_t id[SN_V3_ENGINE_ID_MAX]; /* snmpEngineID */
	uint8_t id_n;			 /* its octets, 5 to 32 */
	uint32_t boots;			 /* snmpEngineBoots; 2^31-1: latched */
	uint64_t started;		 /* mono ns at which snmpEngineTime was 0 */
	int32_t max_size;		 /* msgMaxSize we announce */
	uint64_t salt;			 /* next salt; starts random */
	struct sn_usm_account *accounts; /* naccounts of them, any order */
	uint32_t naccounts;
	uint32_t stats[SN_REPORT_COUNT]; /* usmStats and friends, by enum sn_report */
};

/* A message on its way through the authority. */
struct sn_authority_request {
	struct sn_v3_message m;		/* as received */
	struct sn_usm_params params;	/* as received */
	struct sn_scoped_pdu scoped;	/* when opened */
	struct sn_usm_account *account; /* whose; NULL: not known */
	uint8_t level;			/* enum sn_v3_flags with which an answer goes out */
	enum sn_report report;		/* what is wrong, when it is */
};

/* What is to be done with a message. */
enum sn_authority_verdict {
	SN_AUTHORITY_SERVE,  /* rq->scoped is there: dispatch it, then sn_authority_respond */
	SN_AUTHORITY_REPORT, /* sn_authority_report answers it */
	SN_AUTHORITY_DROP    /* no answer: malformed, or wrong and not reportable; or no memory */
};

/* snmpEngineTime, s. Past 2^31-1 boots is counted up and time starts at 0 (RFC 3414 §2.2.2). */
uint32_t sn_authority_time(struct sn_authority *a, uint64_t now);

/*
 * Takes a datagram of version 3 in. scratch: datagram.n + 16 octets, the scoped PDU may point there
 * until the answer is sealed. Counts in stats. A message whose PDU can be read is reportable if
 * that is of the confirmed class, whatever its flag says; any other by its flag (RFC 3412 §6.4,
 * §7.1 3). Only PDUs of the confirmed class are served.
 */
enum sn_authority_verdict sn_authority_open(struct sn_authority *a, struct sn_span datagram,
					    uint64_t now, uint8_t *scratch,
					    struct sn_authority_request *rq);

/*
 * Turns a request that was to be served down: counts and sets rq->report; sn_authority_report
 * answers it at the request's level. For what only a dispatcher can find out:
 * SN_REPORT_UNKNOWN_PDU_HANDLERS (nobody registered for the contextEngineID, RFC 3412 §4.2.2.1),
 * SN_REPORT_UNKNOWN_CONTEXTS and SN_REPORT_UNAVAILABLE_CONTEXTS (RFC 3413 §3.2).
 */
void sn_authority_refuse(struct sn_authority *a, struct sn_authority_request *rq,
			 enum sn_report report);

/*
 * Seals the answer to a served request: same msgID, user, level, context. At most as many octets as
 * the asker's msgMaxSize. SN_ESPACE: cap too small; SN_EMSGSIZE: the asker cannot take it: answer
 * tooBig instead.
 */
SN_MUST_USE int sn_authority_respond(struct sn_authority *a, const struct sn_authority_request *rq,
				     const struct sn_pdu *pdu, uint64_t now, uint8_t *buf,
				     size_t cap, struct sn_span *message);

/*
 * Seals the Report of rq->report: its level by RFC 3412 §7.1 3d, our engine ID and boots and time
 * in any case. SN_ESPACE; SN_EMSGSIZE: the asker cannot take it (its own context name is too long).
 */
SN_MUST_USE int sn_authority_report(struct sn_authority *a, const struct sn_authority_request *rq,
				    uint64_t now, uint8_t *buf, size_t cap,
				    struct sn_span *message);

/* Wipes the accounts' keys. */
void sn_authority_fini(struct sn_authority *a);

#endif
