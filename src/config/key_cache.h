/*
 * Keys that passwords became (Ku, RFC 3414 A.2), kept over reloads: a password costs about a
 * millisecond to hash, and a network has thousands of them. Found by protocol and a digest of the
 * password under a secret of this process, never by the password; all of it in locked memory. Owned
 * by daemon, used by a load of the configuration. Main thread, but for the hashing threads that run
 * while sn_key_cache_hash does.
 */
#ifndef SN_CONFIG_KEY_CACHE_H
#define SN_CONFIG_KEY_CACHE_H

#include "usm/auth.h"

#include <stdbool.h>

struct sn_key_cache;

/* One key on its way or made. */
struct sn_key;

/* NULL when memory is exhausted. */
SN_MUST_USE struct sn_key_cache *sn_key_cache_new(void);

/* Wipes all. NULL is harmless. */
void sn_key_cache_free(struct sn_key_cache *c);

/* A digest of a secret that is the same for the same secret and cache, and tells nothing else. */
uint64_t sn_key_cache_mark(const struct sn_key_cache *c, struct sn_span secret);

/*
 * The key of a password (1 to SN_KEY_PASSWORD_MAX octets, borrowed until sn_key_cache_end). It is
 * there after the next sn_key_cache_hash. NULL when memory is exhausted.
 */
enum { SN_KEY_PASSWORD_MAX = 1024 };
SN_MUST_USE struct sn_key *sn_key_cache_want(struct sn_key_cache *c, enum sn_auth_protocol proto,
					     struct sn_span password);

/* Passwords that sn_key_cache_hash would hash now. */
uint32_t sn_key_cache_missing(const struct sn_key_cache *c);

/* Hashes all that is wanted and not there, on as many threads as there are CPUs. SN_ENOMEM. */
SN_MUST_USE int sn_key_cache_hash(struct sn_key_cache *c);

/* Ku of a key that was hashed, as many octets as its protocol's digest. */
const uint8_t *sn_key_cache_ku(const struct sn_key *key);

/*
 * Ends what the wants since the last end were for. used: from now on only these keys are in use,
 * the others go. Otherwise only those go that were not hashed. All struct sn_key die.
 */
void sn_key_cache_end(struct sn_key_cache *c, bool used);

/* Keys that are there. */
uint32_t sn_key_cache_count(const struct sn_key_cache *c);

/* Whether some of them are in memory that could not be locked. */
bool sn_key_cache_unlocked(const struct sn_key_cache *c);

#endif
