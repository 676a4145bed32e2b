/*
 * Recordings of devices as stores: snmpsim's .snmprec, Net-SNMP's walk output (.snmpwalk),
 * SimpleAgentPro's .sapwalk, .dump, each also compressed (.gz, .bz2). Parsed once into one compact
 * sorted block that any number of devices share.
 *
 * Of snmpsim's variation modules those that need no program and no memory are there: numeric,
 * writecache (writable, the value as recorded), delay, error. Any other is reported by name, and
 * its records are left out: a guess would be worse than a hole.
 */
#ifndef SN_RECORDING_RECORDING_H
#define SN_RECORDING_RECORDING_H

#include "store/store.h"

enum sn_recording_format {
	SN_RECORDING_SNMPREC,
	SN_RECORDING_SNMPWALK,
	SN_RECORDING_SAPWALK,
	SN_RECORDING_DUMP /* .dump and .MVC, as snmpsim reads them */
};

/* What became of the lines. */
struct sn_recording_report {
	uint32_t lines;	   /* read, comments and blank ones included */
	uint32_t bad;	   /* left out: syntax, tag, OID, value, or a module that is not there */
	uint32_t doubled;  /* names that came again: the first one counts */
	uint32_t unsorted; /* lines that were not in order; they are sorted */
};

/* Receives one line about the recording, without line end: "file:line: what, and what was
 * expected". At most 20 a file, then one that says how many more there are. */
typedef void sn_recording_report_fn(void *ctx, const char *line);

/* The format that a file's name means, compression suffix aside. SN_ENOENT: none of ours. */
SN_MUST_USE int sn_recording_format(const char *path, enum sn_recording_format *format);

/*
 * Reads a recording. name is for reports; data is the whole file, uncompressed; nothing of it is
 * kept. SN_OK also when some lines are bad; SN_ENOMEM; SN_EINVAL: lines, but not one good one.
 */
SN_MUST_USE int sn_recording_parse(const char *name, enum sn_recording_format format,
				   struct sn_span data, sn_recording_report_fn *report, void *ctx,
				   struct sn_recording_report *result, struct sn_store **st);

/* The same from a file, decompressed by its suffix. SN_ESYS (errno), SN_EIO: damaged or larger than
 * 1 GiB when uncompressed; both reported. */
SN_MUST_USE int sn_recording_load(const char *path, sn_recording_report_fn *report, void *ctx,
				  struct sn_recording_report *result, struct sn_store **st);

/* Bytes a recording takes in memory. */
size_t sn_recording_bytes(const struct sn_store *st);

#endif
