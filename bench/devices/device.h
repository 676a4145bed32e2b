/*
 * A device of the benchmark: answers GET, GETNEXT and GETBULK of v1, v2c and v3 from the common
 * MIB, as fast as it can and without any fault. One thread.
 */
#ifndef BENCH_DEVICES_DEVICE_H
#define BENCH_DEVICES_DEVICE_H

#include "mib.h"
#include "usm/authority.h"

enum {
	DEVICE_USERS = 6,      /* of users[] */
	DEVICE_ANSWER = 1472,  /* largest answer: one Ethernet frame */
	DEVICE_SCRATCH = 65536 /* for a decrypted request */
};

/* A user that every device knows; all passwords are DEVICE_PASSWORD. */
struct device_user {
	const char *name; /* "sha_aes", ... */
	uint8_t auth;	  /* enum sn_auth_protocol */
	uint8_t priv;	  /* enum sn_priv_protocol */
};

#define DEVICE_PASSWORD "benchmark-password"
extern const struct device_user device_users[DEVICE_USERS];

/* Common to all devices. */
struct device_shared {
	const struct mib *mib;
	struct sn_usm_user user[DEVICE_USERS]; /* with their master keys */
	uint8_t *scratch;		       /* DEVICE_SCRATCH octets */
};

struct device {
	struct sn_authority authority; /* its engine, made at the first version 3 message */
	struct sn_usm_account account[DEVICE_USERS];
};

/* SN_ENOMEM. */
SN_MUST_USE int device_shared_init(struct device_shared *shared, const struct mib *mib);
void device_shared_fini(struct device_shared *shared);

/* number: makes its engine ID. */
void device_init(struct device *d, const struct device_shared *shared, uint32_t number,
		 uint64_t now);
void device_fini(struct device *d);

/* The answer to a datagram somewhere in the DEVICE_ANSWER octets at buf; empty: none. */
struct sn_span device_answer(struct device *d, const struct device_shared *shared,
			     struct sn_span datagram, uint64_t now, uint8_t *buf);

#endif
