/*
 * Records of .snmprec whose value a variation module of snmpsim makes: numeric (in a file of its
 * own), delay, error, writecache. What a module keeps or draws at random there is here a function
 * of the record, the device and the time; what it writes, the device keeps and not the store. The
 * arguments are read when the recording is loaded; a worker's thread reads the result.
 */
#include "recording/recording_int.h"
#include "base/clock.h"
#include "base/hash.h"
#include "codec/pdu.h"

#include <math.h>
#include <stdio.h>

/* Fixed part of a record's content; struct sn_numeric or rules and the value follow. Copied out
 * before use, as nothing in the store is aligned. */
struct vary {
	uint8_t module;	     /* enum sn_vary_module */
	uint8_t tag;	     /* of the value; 0 with subtree */
	bool subtree;	     /* answers for all names below its own */
	bool has_value;	     /* the rest of the content is the value's */
	uint8_t read_status; /* answer to a read: error-status, or tag of an exception */
	uint8_t set_status;  /* the same for a SET */
	uint16_t rules;	     /* struct rule that follow */
	double wait;	     /* ms the device takes */
	double deviation;    /* at most so many more or less */
};

/* "lt:100:1": what happens when the value set, or the time, is below, equal or above. */
struct rule {
	char op;	 /* 'e', 'l', 'g' */
	bool time;	 /* of tlist: operand is in seconds of Unix time */
	uint32_t octets; /* of the operand's content, which follows */
	int64_t seconds; /* operand of tlist */
	double then;	 /* ms to wait, or status */
};

/* While arguments are read. */
struct args {
	struct vary vary;
	struct sn_recording_type type; /* of the value */
	struct sn_span value;	       /* text of it */
	bool hex;		       /* that text is hexadecimal */
	struct sn_span vlist;	       /* rules on values, as text */
	struct sn_span tlist;	       /* rules on time */
	struct sn_span status;	       /* name of an error */
	struct sn_span op;	       /* "get", "set", "any" */
};

/* Errors by the names of snmpsim, which knows some of them; the case does not matter. */
static const struct {
	const char *name;
	uint8_t status;
} errors[] = {
	{"toobig", SN_STATUS_TOO_BIG},
	{"nosuchname", SN_STATUS_NO_SUCH_NAME},
	{"badvalue", SN_STATUS_BAD_VALUE},
	{"readonly", SN_STATUS_READ_ONLY},
	{"generror", SN_STATUS_GEN_ERR},
	{"noaccess", SN_STATUS_NO_ACCESS},
	{"wrongtype", SN_STATUS_WRONG_TYPE},
	{"wronglength", SN_STATUS_WRONG_LENGTH},
	{"wrongencoding", SN_STATUS_WRONG_ENCODING},
	{"wrongvalue", SN_STATUS_WRONG_VALUE},
	{"nocreation", SN_STATUS_NO_CREATION},
	{"inconsistentvalue", SN_STATUS_INCONSISTENT_VALUE},
	{"resourceunavailable", SN_STATUS_RESOURCE_UNAVAILABLE},
	{"commitfailed", SN_STATUS_COMMIT_FAILED},
	{"undofailed", SN_STATUS_UNDO_FAILED},
	{"authorizationerror", SN_STATUS_AUTHORIZATION_ERROR},
	{"notwritable", SN_STATUS_NOT_WRITABLE},
	{"inconsistentname", SN_STATUS_INCONSISTENT_NAME},
	{"nosuchobject", SN_TAG_NO_SUCH_OBJECT},
	{"nosuchinstance", SN_TAG_NO_SUCH_INSTANCE},
	{"endofmib", SN_TAG_END_OF_MIB_VIEW},
};

bool sn_vary_is(struct sn_span s, const char *word)
{
	return sn_span_eq(s, sn_span_str(word));
}

const char *sn_vary_wrong(char *room, size_t size, const char *what, struct sn_span text,
			  const char *expected)
{
	struct sn_recording_quote q;

	snprintf(room, size, "%s '%s', expected %s", what, sn_recording_quote(text, &q), expected);
	return room;
}

double sn_vary_chance(struct sn_span name, uint32_t device, uint64_t moment)
{
	uint64_t h = sn_hash_bytes(name.p, name.n, device);

	h = sn_hash_bytes(&moment, sizeof(moment), h);
	return (double)(h >> 11) * 0x1p-53;
}

/* Where width separators in a row begin. */
static const uint8_t *find_run(struct sn_span s, char c, size_t width)
{
	char run[3] = {c, c, c};

	return s.n ? memmem(s.p, s.n, run, width) : NULL;
}

void sn_vary_split_init(struct sn_vary_split *sp, struct sn_span text, char c)
{
	*sp = (struct sn_vary_split){.rest = text, .c = c, .width = 3};
	while (sp->width > 1 && !find_run(text, c, sp->width)) {
		sp->width--;
	}
}

bool sn_vary_split_next(struct sn_vary_split *sp, struct sn_span *part)
{
	const uint8_t *at = find_run(sp->rest, sp->c, sp->width);

	if (sp->done) {
		return false;
	}
	*part = sp->rest;
	if (at) {
		part->n = (size_t)(at - sp->rest.p);
		sp->rest = sn_span_from(sp->rest, part->n + sp->width);
	} else {
		sp->done = true;
	}
	return true;
}

int sn_vary_pair(struct sn_vary_split *sp, struct sn_span *key, struct sn_span *value)
{
	struct sn_vary_split pair;
	struct sn_span whole;
	struct sn_span more;

	if (!sn_vary_split_next(sp, &whole)) {
		return 0;
	}
	sn_vary_split_init(&pair, whole, '=');
	if (!sn_vary_split_next(&pair, key) || !sn_vary_split_next(&pair, value) ||
	    sn_vary_split_next(&pair, &more)) {
		*key = whole;
		return SN_EINVAL;
	}
	return 1;
}

/* Status of an error's name, 0: unknown. */
static uint8_t status_of(struct sn_span name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct sn_span rest = name;

		if (sn_recording_take(&rest, errors[i].name) && rest.n == 0) {
			return errors[i].status;
		}
	}
	return 0;
}

static const char *parse_pair(struct args *a, struct sn_span key, struct sn_span value, char *room,
			      size_t size)
{
	const struct {
		const char *key;
		unsigned modules;
		struct sn_span *text;
		double *number;
	} rows[] = {
		{"value", 7, &a->value, NULL},	  {"hexvalue", 7, &a->value, NULL},
		{"vlist", 7, &a->vlist, NULL},	  {"tlist", 1, &a->tlist, NULL},
		{"status", 6, &a->status, NULL},  {"op", 6, &a->op, NULL},
		{"wait", 1, NULL, &a->vary.wait}, {"deviation", 1, NULL, &a->vary.deviation},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!sn_vary_is(key, rows[i].key) ||
		    !(rows[i].modules & 1U << (a->vary.module - SN_VARY_DELAY))) {
			continue;
		}
		if (rows[i].text == &a->value) {
			a->vary.has_value = true;
			a->hex = rows[i].key[0] == 'h';
		}
		if (rows[i].text) {
			*rows[i].text = value;
		} else if (sn_recording_double(value, rows[i].number)) {
			return sn_vary_wrong(room, size, "option of the module", value, "a number");
		}
		return NULL;
	}
	return sn_vary_wrong(room, size, "option of the module", key,
			     a->vary.module == SN_VARY_DELAY
				     ? "value, hexvalue, wait, deviation, vlist or tlist"
				     : "value, hexvalue, op, status or vlist");
}

/* What a rule leads to: milliseconds, or a status. */
static bool read_then(const struct args *a, struct sn_span text, struct rule *rule)
{
	if (a->vary.module == SN_VARY_DELAY) {
		return sn_recording_double(text, &rule->then) == SN_OK;
	}
	rule->then = status_of(text);
	return rule->then > 0;
}

/* "eq:0:100:gt:5:20" to rules behind the fixed part. */
static const char *add_rules(struct args *a, struct sn_span list, bool time,
			     struct sn_recording_buf *out, char *room, size_t size)
{
	struct sn_vary_split sp;
	struct sn_span part[3];

	sn_vary_split_init(&sp, list, ':');
	while (sn_vary_split_next(&sp, &part[0])) {
		struct rule rule = {.time = time};
		size_t at = out->n;
		double seconds = 0;

		if (!sn_vary_split_next(&sp, &part[1]) || !sn_vary_split_next(&sp, &part[2]) ||
		    !(sn_vary_is(part[0], "eq") || sn_vary_is(part[0], "lt") ||
		      sn_vary_is(part[0], "gt")) ||
		    !read_then(a, part[2], &rule) || a->vary.rules == UINT16_MAX) {
			return sn_vary_wrong(room, size, "list of rules", list,
					     "eq, lt or gt, a value, and what happens then");
		}
		(void)sn_recording_buf_grow(out, sizeof(rule));
		if (time ? sn_recording_double(part[1], &seconds) != SN_OK
			 : sn_recording_value(a->type.tag, part[1], out) != NULL) {
			return sn_vary_wrong(room, size, "value in a list of rules", part[1],
					     time ? "seconds" : "one of the record's type");
		}
		rule.op = (char)part[0].p[0];
		rule.seconds = (int64_t)fmax(-0x1p62, fmin(0x1p62, seconds));
		if (!out->failed) {
			rule.octets = (uint32_t)(out->n - at - sizeof(rule));
			memcpy(out->p + at, &rule, sizeof(rule));
		}
		a->vary.rules++;
	}
	return NULL;
}

static const char *add_value(const struct args *a, struct sn_recording_buf *out, char *room,
			     size_t size)
{
	struct sn_recording_type type = a->type;
	const char *expected;

	if (!a->vary.has_value) {
		return NULL;
	}
	if (a->hex) {
		type.modifier = 'x';
		if (type.tag != SN_TAG_OCTETS && type.tag != SN_TAG_OPAQUE &&
		    type.tag != SN_TAG_IPADDRESS) {
			return "hexvalue with a type that is no octets, expected value";
		}
	}
	expected = sn_recording_typed(type, a->value, out);
	return expected ? sn_vary_wrong(room, size, "value", a->value, expected) : NULL;
}

/* What the record answers of itself, from op and status. */
static const char *read_status(struct args *a, char *room, size_t size)
{
	uint8_t status = status_of(a->status);
	bool get = sn_vary_is(a->op, "get");
	bool set = sn_vary_is(a->op, "set");

	if (a->status.p && !status) {
		return sn_vary_wrong(room, size, "status", a->status, "an SNMP error's name");
	}
	if (a->op.p && !get && !set && !sn_vary_is(a->op, "any")) {
		return sn_vary_wrong(room, size, "op", a->op, "get, set or any");
	}
	a->vary.read_status = set ? 0 : status;
	a->vary.set_status = get ? 0 : status;
	if (a->vary.subtree && (a->vary.module != SN_VARY_ERROR || !a->vary.read_status)) {
		return "record without a type, expected one before the ':' (of the modules known "
		       "here only error with a status serves a subtree)";
	}
	return NULL;
}

static const char *parse_args(struct args *a, struct sn_span text, char *room, size_t size)
{
	struct sn_vary_split sp;
	struct sn_span key;
	struct sn_span value;
	int more;

	sn_vary_split_init(&sp, text, ',');
	while ((more = sn_vary_pair(&sp, &key, &value)) != 0) {
		const char *w = more < 0 ? sn_vary_wrong(room, size, "option of the module", key,
							 "KEY=VALUE")
					 : parse_pair(a, key, value, room, size);

		if (w) {
			return w;
		}
	}
	return read_status(a, room, size);
}

static const char *write_numeric(const struct vary *fixed, struct sn_span args,
				 struct sn_recording_buf *out, char *room, size_t size)
{
	struct sn_numeric n;
	const char *w = sn_numeric_parse(fixed->tag, args, &n, room, size);

	sn_recording_buf_add(out, sn_span_make(fixed, sizeof(*fixed)));
	sn_recording_buf_add(out, sn_span_make(&n, sizeof(n)));
	return w;
}

const char *sn_vary_write(struct sn_recording_type type, struct sn_span module, struct sn_span args,
			  struct sn_recording_buf *out, char *room, size_t size)
{
	static const char *const modules[] = {"numeric", "delay", "error", "writecache"};
	struct args a = {.vary = {.tag = type.tag, .subtree = !type.tag, .wait = 500},
			 .type = type};
	size_t at = out->n;
	const char *w;

	while (a.vary.module < 4 && !sn_vary_is(module, modules[a.vary.module])) {
		a.vary.module++;
	}
	if (a.vary.module == 4) {
		return sn_vary_wrong(room, size, "variation module", module,
				     "numeric, delay, error or writecache");
	}
	if (a.vary.module == SN_VARY_NUMERIC) {
		return write_numeric(&a.vary, args, out, room, size);
	}
	w = parse_args(&a, args, room, size);
	(void)sn_recording_buf_grow(out, sizeof(a.vary));
	if (!w && a.vlist.p) {
		w = add_rules(&a, a.vlist, false, out, room, size);
	}
	if (!w && a.tlist.p) {
		w = add_rules(&a, a.tlist, true, out, room, size);
	}
	if (!w) {
		w = add_value(&a, out, room, size);
	}
	if (!out->failed) {
		memcpy(out->p + at, &a.vary, sizeof(a.vary));
	}
	return w;
}

static struct vary read_fixed(struct sn_span *content)
{
	struct vary fixed;

	memcpy(&fixed, content->p, sizeof(fixed));
	*content = sn_span_from(*content, sizeof(fixed));
	return fixed;
}

/* -1, 0, 1: the value set against a rule's operand. */
static int compare(uint8_t tag, struct sn_span operand, const struct sn_value *v)
{
	struct sn_value o;
	size_t n;
	int c;

	sn_recording_item_value(tag, operand, &o);
	switch (tag) {
	case SN_TAG_INTEGER:
		return (v->i > o.i) - (v->i < o.i);
	case SN_TAG_OCTETS:
	case SN_TAG_OPAQUE:
	case SN_TAG_IPADDRESS:
		n = v->bytes.n < o.bytes.n ? v->bytes.n : o.bytes.n;
		c = n ? memcmp(v->bytes.p, o.bytes.p, n) : 0;
		return c ? c : (v->bytes.n > o.bytes.n) - (v->bytes.n < o.bytes.n);
	case SN_TAG_OID:
		return sn_oid_cmp(v->bytes, o.bytes);
	case SN_TAG_NULL:
		return 0;
	default:
		return (v->u > o.u) - (v->u < o.u);
	}
}

/*
 * The rule that applies to a value (v) or to a time: equal before below before above, of one kind
 * the last. Moves content behind the rules. False: none.
 */
static bool find_rule(const struct vary *fixed, struct sn_span *content, const struct sn_value *v,
		      int64_t seconds, double *then)
{
	static const char order[] = "gle"; /* later ones win */
	const char *best = NULL;

	for (unsigned i = 0; i < fixed->rules; i++) {
		struct rule rule;
		const char *rank;
		int c;

		memcpy(&rule, content->p, sizeof(rule));
		*content = sn_span_from(*content, sizeof(rule));
		rank = strchr(order, rule.op);
		if (rule.time == (v == NULL)) {
			c = v ? compare(fixed->tag, sn_span_make(content->p, rule.octets), v)
			      : (seconds > rule.seconds) - (seconds < rule.seconds);
			if ((c < 0 ? 'l' : (c > 0 ? 'g' : 'e')) == rule.op &&
			    (!best || rank >= best)) {
				best = rank;
				*then = rule.then;
			}
		}
		*content = sn_span_from(*content, rule.octets);
	}
	return best != NULL;
}

static uint64_t delay_of(const struct vary *fixed, double ms, struct sn_span name,
			 const struct sn_store_place *pl)
{
	if (fixed->deviation > 0) {
		ms += fixed->deviation * (2 * sn_vary_chance(name, pl->device, pl->uptime) - 1);
	}
	if (ms > 99999) { /* snmpsim: no answer at all */
		return SN_TIME_NEVER;
	}
	return ms > 0 ? (uint64_t)(ms * (double)SN_NS_PER_MS) : 0;
}

int sn_vary_read(struct sn_span content, const struct sn_store_place *pl, struct sn_store_item *it)
{
	struct vary fixed = read_fixed(&content);
	double ms = fixed.wait;

	if (fixed.module == SN_VARY_NUMERIC) {
		struct sn_numeric n;

		memcpy(&n, content.p, sizeof(n));
		sn_numeric_value(&n, fixed.tag, it->name, pl, &it->value);
		return SN_OK;
	}
	it->value.tag = SN_TAG_NULL;
	(void)find_rule(&fixed, &content, NULL, (int64_t)(pl->wall / SN_NS_PER_SEC), &ms);
	if (fixed.module == SN_VARY_DELAY) {
		it->delay_ns = delay_of(&fixed, ms, it->name, pl);
	}
	if (fixed.read_status >= SN_TAG_NO_SUCH_OBJECT) {
		it->value.tag = fixed.read_status;
	} else if (fixed.read_status) {
		it->status = fixed.read_status;
	} else if (fixed.has_value) {
		sn_recording_item_value(fixed.tag, content, &it->value);
	} else if (fixed.module != SN_VARY_DELAY) {
		return SN_ENOENT; /* delay answers with the value asked with: NULL */
	}
	return SN_OK;
}

int32_t sn_vary_may_set(struct sn_span content, const struct sn_value *v)
{
	struct vary fixed = read_fixed(&content);
	double status = fixed.set_status;

	if (fixed.module == SN_VARY_NUMERIC) {
		return SN_STATUS_NOT_WRITABLE;
	}
	if (v->tag != fixed.tag) {
		return SN_STATUS_WRONG_TYPE;
	}
	if (fixed.module != SN_VARY_DELAY) {
		(void)find_rule(&fixed, &content, v, 0, &status);
	}
	/* an exception is no error-status */
	return status < SN_TAG_NO_SUCH_OBJECT ? (int32_t)status : SN_STATUS_NOT_WRITABLE;
}

bool sn_vary_is_subtree(uint8_t tag, struct sn_span content)
{
	return tag == SN_RECORDING_VARIED && read_fixed(&content).subtree;
}
