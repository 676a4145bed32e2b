/*
 * A disk that does all that a disk may: what was written is there for readers at once, but a loss
 * of power takes every 512-octet sector that was not synced, or not, each by itself, and every name
 * that was created or unlinked since the directory was synced, likewise. A failed sync makes what
 * it was for clean but not durable, as Linux does. Any call can be made to fail, to fall short or
 * to be the last one before the power goes.
 *
 * Implements spool/disk.h. The model outlives the disks that are made of it.
 */
#ifndef TEST_SUPPORT_MODEL_DISK_H
#define TEST_SUPPORT_MODEL_DISK_H

#include "base/rng.h"
#include "spool/disk.h"

enum { MODEL_SECTOR = 512, MODEL_FILES = 256, MODEL_NAME = 32 };

/* What the sectors and names that are not durable become when the power goes. */
enum model_crash {
	MODEL_LOSE_ALL,	   /* gone */
	MODEL_KEEP_ALL,	   /* as the process saw them: kill -9, the power stays; what was not
			    * durable is not durable now either */
	MODEL_KEEP_DATA,   /* sectors stay, names go */
	MODEL_KEEP_NAMES,  /* names stay, sectors go */
	MODEL_RANDOM,	   /* each by itself */
	MODEL_RANDOM_TORN, /* likewise, and sectors are new up to some octet, old from there on */
	MODEL_CRASHES
};

struct model_file {
	uint8_t *now;	       /* what readers see */
	uint8_t *durable;      /* what a loss of power leaves for sure; as long as room */
	uint8_t *dirty;	       /* for each sector: 1: not durable, a sync will make it so */
	uint64_t size;	       /* that readers see */
	uint64_t durable_size; /* that stays for sure */
	uint64_t room;	       /* octets of now and durable */
	char name[MODEL_NAME]; /* that readers see it under, "": none */
	char kept[MODEL_NAME]; /* durable name, "": none */
	unsigned opens;	       /* descriptors of it */
	bool used;	       /* this place holds a file */
};

struct model {
	struct model_file files[MODEL_FILES]; /* some used */
	struct sn_rng rng;		      /* of crashes */
	uint64_t calls;			      /* operations that can fail, so far */
	uint64_t fail_from;		      /* first call that fails, 0: none */
	uint64_t fail_count;		      /* how many */
	int fail_error;			      /* positive errno */
	bool fail_short;		      /* writes write half first */
	bool fail_writes_only;		      /* reading goes on as if nothing was */
	const char *bad_name;		      /* file that cannot be read, NULL: none */
	uint64_t bad_from;		      /* from this octet on */
	uint64_t crash_at;		      /* nothing happens from this call on, 0: never */
	bool locked;			      /* somebody has it */
	unsigned open;			      /* descriptors that are not closed */
};

void model_init(struct model *m, uint64_t seed);
void model_fini(struct model *m);

/* A disk for sn_spool_open, which frees it. */
struct sn_disk *model_disk(struct model *m);

/* The power goes and comes back. No disk may be in use. */
void model_power_cycle(struct model *m, enum model_crash how);

/* Whether the power is gone. */
bool model_dead(const struct model *m);

/* The file of a name, NULL if there is none. */
struct model_file *model_find(struct model *m, const char *name);

/* Makes or replaces a file, durable at once. */
void model_put(struct model *m, const char *name, const void *data, size_t n);

/* Octets of all segments, as readers see them. */
uint64_t model_bytes(const struct model *m);

#endif
