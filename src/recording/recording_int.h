/*
 * What the files of recording*.c share: the reader that goes through a recording's lines, the
 * conversion of texts to BER content, and the records that a variation module answers for. A reader
 * lives for one call of sn_recording_parse, on one thread; memory that runs out is noted in its
 * buffers and comes back from sn_recording_finish.
 */
#ifndef SN_RECORDING_RECORDING_INT_H
#define SN_RECORDING_RECORDING_INT_H

#include "recording/recording.h"

enum {
	/* stands for a tag in the store: the content is a struct sn_vary and what follows it */
	SN_RECORDING_VARIED = 0xff,
	SN_RECORDING_MAX_OCTETS = 65535, /* of a value: SIZE of OCTET STRING, RFC 3416 §3 */
	SN_RECORDING_MAX_REPORTS = 20	 /* lines told about one recording */
};

/* Octets that grow. After a failed allocation it takes no more. */
struct sn_recording_buf {
	uint8_t *p;  /* owned */
	size_t n;    /* octets in use */
	size_t cap;  /* octets there is room for */
	bool failed; /* memory ran out */
};

/* n octets more, to be written by the caller; NULL when memory ran out. */
uint8_t *sn_recording_buf_grow(struct sn_recording_buf *b, size_t n);
void sn_recording_buf_add(struct sn_recording_buf *b, struct sn_span s);

/* A recording while it is read. */
struct sn_recording_reader {
	const char *name;		    /* for reports */
	sn_recording_report_fn *report;	    /* receives them */
	void *ctx;			    /* its argument */
	struct sn_recording_report *result; /* what became of the lines */
	struct sn_span rest;		    /* lines not yet read */
	uint32_t line;			    /* number of the line being judged */
	bool crlf;			    /* lines end with CR LF */
	struct sn_recording_buf data;	    /* records as the store has them, order of the file */
	struct sn_recording_buf starts;	    /* uint32_t each: where a record is in data */
	struct sn_recording_buf value;	    /* content of the value at hand */
};

/* recording.c */

/* The next line without its end; false: there is none. Counts it. */
bool sn_recording_line(struct sn_recording_reader *r, struct sn_span *line);

/* The line is left out: counts it and reports "name:line: ...". */
void sn_recording_bad(struct sn_recording_reader *r, const char *format, ...) SN_PRINTF(2, 3);

/* Room for a text to quote. */
struct sn_recording_quote {
	char text[44]; /* NUL-terminated */
};

/* The beginning of s, fit for a report: no control characters. Returns q->text. */
const char *sn_recording_quote(struct sn_span s, struct sn_recording_quote *q);

/* recording_lines.c; recording_walk.c: read all lines. */
void sn_recording_read_snmprec(struct sn_recording_reader *r);
void sn_recording_read_snmpwalk(struct sn_recording_reader *r);
void sn_recording_read_sapwalk(struct sn_recording_reader *r);
void sn_recording_read_dump(struct sn_recording_reader *r);

/* recording_text.c */

/* Without white space at either end. */
struct sn_span sn_recording_trim(struct sn_span s);

/* Cuts s at the first c: what is before it goes to *head, what is behind it stays. False: there is
 * none. */
bool sn_recording_cut(struct sn_span *s, char c, struct sn_span *head);

/* Whether s begins with this word, whatever its case; takes it off. */
bool sn_recording_take(struct sn_span *s, const char *word);

/* Dotted name to BER content. Its length, SN_EOID. */
SN_MUST_USE int sn_recording_oid(struct sn_span text, uint8_t out[SN_OID_MAX_BER]);

/* Value of a hexadecimal digit, -1: it is none. */
int sn_recording_hex_digit(uint8_t c);

/* A number in decimal. SN_EINVAL. */
SN_MUST_USE int sn_recording_double(struct sn_span text, double *out);

/*
 * The value of a text under a tag of SNMP: its BER content is added to out. NULL, or what was
 * expected instead.
 */
const char *sn_recording_value(uint8_t tag, struct sn_span text, struct sn_recording_buf *out);

/* The same for octets that are known, of an OCTET STRING, IpAddress or Opaque. */
const char *sn_recording_octets(uint8_t tag, struct sn_span octets, struct sn_recording_buf *out);

/* Pairs of hexadecimal digits. NULL, or what was expected instead. */
const char *sn_recording_hex(struct sn_span text, struct sn_recording_buf *out);

/* recording_store.c */

/* Adds a record: name is BER content, content goes with tag (or SN_RECORDING_VARIED). */
void sn_recording_add(struct sn_recording_reader *r, struct sn_span name, uint8_t tag,
		      struct sn_span content);

/* Sorts what was added into a store. SN_OK, SN_ENOMEM, SN_EINVAL: lines but no good one. */
SN_MUST_USE int sn_recording_finish(struct sn_recording_reader *r, struct sn_store **st);

/* Value from tag and content as the store has them. */
void sn_recording_item_value(uint8_t tag, struct sn_span content, struct sn_value *v);

/* recording_lines.c */

/* What TYPE and its modifier say. */
struct sn_recording_type {
	uint8_t tag;   /* 0: none, the record serves a subtree */
	char modifier; /* 'x', 'e' or 0 */
};

/* Text to content by type and modifier; NULL, or what was expected. */
const char *sn_recording_typed(struct sn_recording_type type, struct sn_span text,
			       struct sn_recording_buf *out);

/* recording_vary.c: records whose value a variation module makes. */

enum sn_vary_module { SN_VARY_NUMERIC, SN_VARY_DELAY, SN_VARY_ERROR, SN_VARY_WRITECACHE };

/*
 * Content of a record with a module: type and arguments to octets of the store, added to out. NULL,
 * or what is wrong with it, a text that may be in room.
 */
const char *sn_vary_write(struct sn_recording_type type, struct sn_span module, struct sn_span args,
			  struct sn_recording_buf *out, char *room, size_t size);

/* Value, status and delay of a record into it, whose name is set. SN_OK; SN_ENOENT: no value. */
int sn_vary_read(struct sn_span content, const struct sn_store_place *pl, struct sn_store_item *it);

/* Error-status for a SET of this value, 0: none. */
int32_t sn_vary_may_set(struct sn_span content, const struct sn_value *v);

/* Whether the record answers for all names below its own. */
bool sn_vary_is_subtree(uint8_t tag, struct sn_span content);

/* From 0 to below 1, the same for the same arguments. */
double sn_vary_chance(struct sn_span name, uint32_t device, uint64_t moment);

/* Parts of a text between separators; the widest run of up to three that occurs is the one. */
struct sn_vary_split {
	struct sn_span rest; /* not yet given out */
	char c;		     /* the separator */
	size_t width;	     /* so often in a row */
	bool done;	     /* the last part is out */
};

void sn_vary_split_init(struct sn_vary_split *sp, struct sn_span text, char c);
bool sn_vary_split_next(struct sn_vary_split *sp, struct sn_span *part);

/* The next "key=value" of arguments. 1; 0: no more; SN_EINVAL: something else, whole in key. */
SN_MUST_USE int sn_vary_pair(struct sn_vary_split *sp, struct sn_span *key, struct sn_span *value);

/* Whether s is this word, in this case. */
bool sn_vary_is(struct sn_span s, const char *word);

/* Makes "what 'text', expected ..." in room; returns room. */
const char *sn_vary_wrong(char *room, size_t size, const char *what, struct sn_span text,
			  const char *expected);

/* recording_numeric.c: the module numeric. */

/* What the arguments of numeric say; times in seconds. */
struct sn_numeric {
	double min;	  /* the value is at least this */
	double max;	  /* and at most this */
	double initial;	  /* what is added to the function's value */
	double rate;	  /* factor on time */
	double scale;	  /* factor on the function's value */
	double offset;	  /* added to it */
	double deviation; /* at most this is added or taken off, by chance */
	double args[2];	  /* of the function */
	int8_t time_arg;  /* which of them is the time; -1: none */
	uint8_t function; /* which one, see recording_numeric.c */
	bool has_initial; /* else min takes its place */
	bool atime;	  /* counts from 1970, not from the device's start */
	bool wrap;	  /* above max it starts again at min */
	bool cumulative;  /* never goes down */
};

/* Arguments to parameters; as sn_vary_write. */
const char *sn_numeric_parse(uint8_t tag, struct sn_span args, struct sn_numeric *n, char *room,
			     size_t size);

/* The value at this time on this device: a pure function of both and of the name. */
void sn_numeric_value(const struct sn_numeric *n, uint8_t tag, struct sn_span name,
		      const struct sn_store_place *pl, struct sn_value *v);

#endif
