/*
 * One spool after the other on one model disk, with the history that judges them: what the tests of
 * the spool begin with. There is one in a process; Check gives each test a process.
 */
#ifndef TEST_SUPPORT_SPOOL_LIFE_H
#define TEST_SUPPORT_SPOOL_LIFE_H

#include "support/spool_history.h"

/* What life_leave_segment leaves. */
enum { LIFE_RECORDS = 6, LIFE_SIZE = 90 };

/* The first segments of a disk. */
#define LIFE_FIRST "0000000000000001.seg"
#define LIFE_SECOND "0000000000000002.seg"

struct spool_life {
	struct model disk;   /* the spool's */
	struct history hist; /* of all lives on it */
	struct sn_spool *sp; /* from life_start to life_stop */
};

extern struct spool_life life;

/* An empty disk and no history; the two are a fixture. */
void life_setup(void);
void life_teardown(void);

/* Both, within a test. */
void life_restart(void);

/* Opens the spool. */
void life_start(void);

/* Closes it, by which all that was appended is committed. */
void life_stop(void);

/* Appends n records of so many octets, their keys in turn, and does not commit. */
void life_append(unsigned n, uint32_t size);

/* A life that leaves a segment of LIFE_RECORDS records of LIFE_SIZE octets. */
void life_leave_segment(void);

struct sn_spool_stats life_stats(void);

#endif
