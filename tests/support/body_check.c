/*
 * Readers of OTLP and Avro bodies, see body_check.h.
 */
#include "support/body_check.h"

#include "base/utf8.h"

#include <endian.h>

static bool wrong(struct body_check *c, const char *why)
{
	if (!c->why) {
		c->why = why;
	}
	return false;
}

static bool is_text(struct body_check *c, struct sn_span s)
{
	for (size_t i = 0; i < s.n;) {
		size_t n = sn_utf8_length(s.p + i, s.n - i);

		if (n == 0) {
			return wrong(c, "text that is no UTF-8");
		}
		i += n;
	}
	return true;
}

static bool take_octets(struct body_check *c, struct sn_span *in, uint64_t n, struct sn_span *out)
{
	*out = sn_span_make(in->p, 0);
	if (n > in->n) {
		return wrong(c, "cut");
	}
	*out = sn_span_make(in->p, (size_t)n);
	*in = sn_span_from(*in, (size_t)n);
	return true;
}

static bool take_varint(struct body_check *c, struct sn_span *in, uint64_t *v)
{
	*v = 0;
	for (unsigned shift = 0; shift < 64 && in->n; shift += 7) {
		uint8_t octet = in->p[0];

		*in = sn_span_from(*in, 1);
		*v |= (uint64_t)(octet & 0x7f) << shift;
		if (octet < 0x80) {
			return true;
		}
	}
	return wrong(c, "a varint without an end");
}

/* What a field of Protocol Buffers is. */
enum what { VARINT, FIXED64, TEXT, MESSAGE };

enum { MOST_FIELDS = 5, MOST_NUMBER = 16 };

struct message;

struct field {
	unsigned number;	  /* of the field */
	enum what what;		  /* its type */
	const struct message *of; /* of a message */
	unsigned least;		  /* times that it occurs */
	unsigned most;		  /* 0: any number of times */
};

struct message {
	struct field fields[MOST_FIELDS + 1]; /* until number 0 */
	bool is_point;			      /* to be counted */
	bool is_metric;			      /* to be counted */
};

static const struct message any_value = {.fields = {{1, TEXT, NULL, 1, 1}}};
static const struct message key_value = {
	.fields = {{1, TEXT, NULL, 1, 1}, {2, MESSAGE, &any_value, 1, 1}}};
static const struct message resource = {.fields = {{1, MESSAGE, &key_value, 1, 0}}};
static const struct message scope = {
	.fields = {{1, TEXT, NULL, 1, 1}, {3, MESSAGE, &key_value, 1, 0}}};
static const struct message point = {.fields = {{2, FIXED64, NULL, 0, 1},
						{3, FIXED64, NULL, 1, 1},
						{4, FIXED64, NULL, 0, 1},
						{6, FIXED64, NULL, 0, 1},
						{7, MESSAGE, &key_value, 0, 0}},
				     .is_point = true};
static const struct message gauge = {.fields = {{1, MESSAGE, &point, 1, 0}}};
static const struct message sum = {
	.fields = {{1, MESSAGE, &point, 1, 0}, {2, VARINT, NULL, 1, 1}, {3, VARINT, NULL, 1, 1}}};
static const struct message metric = {.fields = {{1, TEXT, NULL, 1, 1},
						 {2, TEXT, NULL, 0, 1},
						 {3, TEXT, NULL, 0, 1},
						 {5, MESSAGE, &gauge, 0, 1},
						 {7, MESSAGE, &sum, 0, 1}},
				      .is_metric = true};
static const struct message scope_metrics = {
	.fields = {{1, MESSAGE, &scope, 1, 1}, {2, MESSAGE, &metric, 1, 0}}};
static const struct message resource_metrics = {
	.fields = {{1, MESSAGE, &resource, 1, 1}, {2, MESSAGE, &scope_metrics, 1, 1}}};
static const struct message request = {.fields = {{1, MESSAGE, &resource_metrics, 1, 1}}};

/* As deep as the definitions are. NOLINTNEXTLINE(misc-no-recursion) */
static bool read_message(struct body_check *c, const struct message *m, struct sn_span in);

/* NOLINTNEXTLINE(misc-no-recursion): see above */
static bool read_field(struct body_check *c, const struct field *f, unsigned type,
		       struct sn_span *in)
{
	static const unsigned types[] = {[VARINT] = 0, [FIXED64] = 1, [TEXT] = 2, [MESSAGE] = 2};
	struct sn_span content;
	uint64_t v = 0;

	if (type != types[f->what]) {
		return wrong(c, "a field of another type");
	}
	if (f->what == VARINT) {
		return take_varint(c, in, &v);
	}
	if (f->what == FIXED64) {
		return take_octets(c, in, 8, &content);
	}
	if (!take_varint(c, in, &v) || !take_octets(c, in, v, &content)) {
		return false;
	}
	return f->what == TEXT ? is_text(c, content) : read_message(c, f->of, content);
}

/* NOLINTNEXTLINE(misc-no-recursion): see above */
static bool read_message(struct body_check *c, const struct message *m, struct sn_span in)
{
	unsigned times[MOST_NUMBER] = {0};
	uint64_t tag = 0;

	while (in.n) {
		const struct field *f = m->fields;

		if (!take_varint(c, &in, &tag)) {
			return false;
		}
		while (f->number && f->number != tag >> 3) {
			f++;
		}
		if (!f->number || !read_field(c, f, tag & 7, &in)) {
			return wrong(c, "an unknown field");
		}
		times[f->number]++;
	}
	for (const struct field *f = m->fields; f->number; f++) {
		if (times[f->number] < f->least || (f->most && times[f->number] > f->most)) {
			return wrong(c, "a field too often or not at all");
		}
	}
	if ((m->is_point && times[4] + times[6] != 1) ||
	    (m->is_metric && times[5] + times[7] != 1)) {
		return wrong(c, "not exactly one of several");
	}
	c->values += m->is_point;
	c->metrics += m->is_metric;
	return true;
}

bool body_check_otlp(struct body_check *c, struct sn_span body)
{
	*c = (struct body_check){.why = NULL};
	return read_message(c, &request, body);
}

static bool take_long(struct body_check *c, struct sn_span *in, int64_t *v)
{
	uint64_t u;
	const uint8_t *first = in->p;

	*v = 0;
	if (!take_varint(c, in, &u)) {
		return false;
	}
	if (in->p - first > 1 && in->p[-1] == 0) {
		return wrong(c, "a long with more octets than it needs");
	}
	*v = (int64_t)(u >> 1 ^ (0 - (u & 1)));
	return true;
}

static bool skip_text(struct body_check *c, struct sn_span *in)
{
	struct sn_span s;
	int64_t n;

	return take_long(c, in, &n) && (n >= 0 || wrong(c, "a text of negative length")) &&
	       take_octets(c, in, (uint64_t)n, &s) && is_text(c, s);
}

static bool skip_long(struct body_check *c, struct sn_span *in)
{
	int64_t v;

	return take_long(c, in, &v);
}

static bool skip_double(struct body_check *c, struct sn_span *in)
{
	struct sn_span s;

	return take_octets(c, in, 8, &s);
}

static bool skip_boolean(struct body_check *c, struct sn_span *in)
{
	struct sn_span s;

	return take_octets(c, in, 1, &s) && (s.p[0] <= 1 || wrong(c, "no boolean"));
}

/* Items in blocks until one of none; returns through *n how many. */
static bool skip_items(struct body_check *c, struct sn_span *in, bool keys,
		       bool (*item)(struct body_check *, struct sn_span *), unsigned *n)
{
	int64_t count;

	do {
		if (!take_long(c, in, &count) || count < 0) {
			return wrong(c, "a block that is none");
		}
		for (int64_t i = 0; i < count; i++) {
			if ((keys && !skip_text(c, in)) || !item(c, in)) {
				return false;
			}
			++*n;
		}
	} while (count);
	return true;
}

static bool skip_row(struct body_check *c, struct sn_span *in)
{
	unsigned labels = 0;
	unsigned values = 0;

	if (!skip_long(c, in) || !skip_text(c, in) || !skip_boolean(c, in) ||
	    !skip_boolean(c, in) || !skip_items(c, in, true, skip_text, &labels) ||
	    !skip_items(c, in, true, skip_long, &values) ||
	    !skip_items(c, in, true, skip_double, &values) ||
	    !skip_items(c, in, true, skip_text, &values)) {
		return false;
	}
	c->values += values;
	return values > 0 || wrong(c, "a row without a value");
}

static bool skip_uptime(struct body_check *c, struct sn_span *in)
{
	int64_t branch;

	if (!take_long(c, in, &branch) || branch < 0 || branch > 1) {
		return wrong(c, "no branch of the union");
	}
	return branch == 0 || skip_long(c, in);
}

bool body_check_avro(struct body_check *c, struct sn_span body)
{
	unsigned labels = 0;
	struct sn_span head;

	*c = (struct body_check){.why = NULL};
	if (!take_octets(c, &body, 5, &head) || head.p[0] != 0) {
		return wrong(c, "framing");
	}
	memcpy(&c->schema_id, head.p + 1, 4);
	c->schema_id = be32toh(c->schema_id);
	return skip_long(c, &body) && skip_long(c, &body) && skip_text(c, &body) &&
	       skip_text(c, &body) && skip_text(c, &body) &&
	       skip_items(c, &body, true, skip_text, &labels) && skip_uptime(c, &body) &&
	       skip_boolean(c, &body) && skip_items(c, &body, false, skip_row, &c->rows) &&
	       (body.n == 0 || wrong(c, "octets behind the datum"));
}
