/*
 * Comma-separated values to groups of targets, see csv.h: fields one after the other, each with its
 * place, and the nodes that a YAML file would have given.
 */
#include "targets/csv.h"

#include "document/scalar.h"

#include <string.h>

/* The byte order mark in UTF-8. */
#define BOM "\xef\xbb\xbf"

/* What a column is for. */
struct column {
	const char *name;   /* of the label, in the arena of the file */
	struct sn_place at; /* in the first record */
	bool target;	    /* it is the target itself */
};

/* A walk over the text. */
struct scan {
	struct sn_arena *kept;	 /* names of columns */
	struct sn_arena passing; /* nodes of a record */
	struct sn_diag *diag;	 /* messages */
	const char *p;		 /* next octet */
	const char *end;	 /* behind the last */
	struct sn_place at;	 /* of p */
	char delimiter;		 /* between fields */
	struct column columns[SN_CSV_COLUMNS_MAX];
	unsigned ncolumns; /* of them */
};

/* A field. */
struct field {
	struct sn_place at; /* its first character, that of its text if it is quoted */
	const char *text;   /* NUL-terminated, in the arena of the record */
	uint32_t n;	    /* octets */
	bool quoted;	    /* it was */
	bool last;	    /* of its record */
};

/* Moves on by one octet; columns count characters. */
static void step(struct scan *s)
{
	bool last = s->p + 1 == s->end || ((unsigned char)s->p[1] & 0xc0) != 0x80;

	if (*s->p == '\n') {
		s->at.line++;
		s->at.column = 1;
	} else if (last) {
		s->at.column++;
	}
	s->p++;
}

static bool at_line_end(const struct scan *s)
{
	return s->p == s->end || *s->p == '\n' ||
	       (*s->p == '\r' && (s->p + 1 == s->end || s->p[1] == '\n'));
}

static void skip_line_end(struct scan *s)
{
	if (s->p < s->end && *s->p == '\r') {
		step(s);
	}
	if (s->p < s->end && *s->p == '\n') {
		step(s);
	}
}

/* To the next record; what a broken field left of this one carries nothing. */
static void skip_record(struct scan *s)
{
	while (!at_line_end(s)) {
		step(s);
	}
	skip_line_end(s);
}

static int refuse(struct scan *s, const struct sn_place *at, const char *what)
{
	sn_diag_error(s->diag, at, "%s", what);
	return SN_ECONFIG;
}

/* Behind the quote that ends a field, whose text went to out. SN_ECONFIG: reported. */
static int read_quoted(struct scan *s, char *out, uint32_t *n)
{
	const struct sn_place open = s->at;

	step(s);
	for (;;) {
		if (s->p == s->end) {
			return refuse(s, &open, "this quote is never closed");
		}
		if (*s->p == '"') {
			step(s);
			if (s->p == s->end || *s->p != '"') {
				return SN_OK;
			}
		}
		out[(*n)++] = *s->p;
		step(s);
	}
}

static int read_plain(struct scan *s, char *out, uint32_t *n)
{
	while (!at_line_end(s) && *s->p != s->delimiter) {
		if (*s->p == '"') {
			return refuse(s, &s->at,
				      "a quote inside a field (expected quotes around the whole "
				      "field, and \"\" for one in it)");
		}
		out[(*n)++] = *s->p;
		step(s);
	}
	return SN_OK;
}

/* Octets up to the end of the field, or more. */
static size_t room_for(const struct scan *s)
{
	const char *q = s->p;

	if (*q != '"') {
		while (q < s->end && *q != s->delimiter && *q != '\n') {
			q++;
		}
		return (size_t)(q - s->p);
	}
	for (q++; q < s->end && !(*q == '"' && (q + 1 == s->end || q[1] != '"')); q++) {
		q += *q == '"';
	}
	return (size_t)(q - s->p);
}

/* SN_ECONFIG: reported, the rest of the record is to be skipped. */
static int read_field(struct scan *s, struct field *f)
{
	size_t room = s->p < s->end ? room_for(s) : 0;
	char *text = room < UINT32_MAX ? sn_arena_alloc(&s->passing, room + 1) : NULL;
	int rc;

	if (!text) {
		return SN_ENOMEM;
	}
	memset(f, 0, sizeof(*f));
	f->quoted = s->p < s->end && *s->p == '"';
	f->at = s->at;
	f->at.column += f->quoted;
	rc = f->quoted ? read_quoted(s, text, &f->n) : read_plain(s, text, &f->n);
	if (rc) {
		return rc;
	}
	text[f->n] = '\0';
	f->text = text;
	if (strlen(text) != f->n || !sn_scalar_is_utf8(text)) {
		return refuse(s, &f->at,
			      strlen(text) != f->n ? "text must not contain a NUL character"
						   : "text is not valid UTF-8");
	}
	f->last = at_line_end(s);
	if (!f->last && *s->p != s->delimiter) {
		return refuse(s, &s->at,
			      "text behind the closing quote (expected the end of the field)");
	}
	if (f->last) {
		skip_line_end(s);
	} else {
		step(s);
	}
	return SN_OK;
}

/* Empty lines in front of a record. False: there is none any more. */
static bool find_record(struct scan *s)
{
	while (s->p < s->end && at_line_end(s)) {
		skip_line_end(s);
	}
	return s->p < s->end;
}

static struct column *find_column(struct scan *s, const char *name)
{
	for (unsigned i = 0; i < s->ncolumns; i++) {
		if (strcmp(s->columns[i].name, name) == 0) {
			return &s->columns[i];
		}
	}
	return NULL;
}

static int add_column(struct scan *s, const struct field *f)
{
	char quoted[SN_DIAG_QUOTE_MAX];
	const struct column *first = find_column(s, f->text);
	struct column *c = &s->columns[s->ncolumns];

	if (s->ncolumns == SN_CSV_COLUMNS_MAX) {
		sn_diag_error(s->diag, &f->at, "too many columns (expected %d at most)",
			      SN_CSV_COLUMNS_MAX);
		return SN_ECONFIG;
	}
	if (f->n == 0) {
		return refuse(s, &f->at, "a column without a name");
	}
	if (first) {
		sn_diag_error(s->diag, &f->at, "duplicate column %s (first at column %u)",
			      sn_diag_quote(quoted, f->text), first->at.column);
		return SN_ECONFIG;
	}
	c->name = sn_arena_strndup(s->kept, f->text, f->n);
	c->at = f->at;
	c->target = false;
	s->ncolumns++;
	return c->name ? SN_OK : SN_ENOMEM;
}

/* What the columns mean, once all are known. */
static int name_columns(struct scan *s)
{
	static const char *const labels[][2] = {
		{"address", "__address__"}, {"module", "__param_module"}, {"auth", "__param_auth"}};
	struct column *target = find_column(s, "target");
	struct sn_place at = {s->at.file, 1, 1};

	target = target ? target : find_column(s, "address");
	if (!target) {
		return refuse(s, &at,
			      "no column is called target (the first line names the "
			      "columns)");
	}
	target->target = true;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		struct column *c = find_column(s, labels[i][0]);
		const struct column *own = find_column(s, labels[i][1]);
		char quoted[SN_DIAG_QUOTE_MAX];

		if (!c || c->target) {
			continue;
		}
		if (own) {
			sn_diag_error(s->diag, &own->at, "the column %s is there already as %s",
				      sn_diag_quote(quoted, own->name), labels[i][0]);
			return SN_ECONFIG;
		}
		c->name = labels[i][1];
	}
	return SN_OK;
}

static int read_head(struct scan *s)
{
	struct field f = {.last = false};
	int rc = SN_OK;

	if (!find_record(s)) {
		struct sn_place at = {s->at.file, 0, 0};

		return refuse(s, &at, "is empty (expected a first line that names the columns)");
	}
	while (!f.last && !rc) {
		rc = read_field(s, &f);
		rc = rc ? rc : add_column(s, &f);
	}
	return rc ? rc : name_columns(s);
}

static struct sn_node *new_node(struct scan *s, enum sn_node_kind kind, const struct sn_place *at)
{
	struct sn_node *node = sn_arena_zalloc(&s->passing, sizeof(*node));

	if (node) {
		node->kind = (uint8_t)kind;
		node->at = *at;
	}
	return node;
}

static struct sn_node *new_text(struct scan *s, const struct sn_place *at, const char *text,
				uint32_t n)
{
	struct sn_node *node = new_node(s, SN_NODE_SCALAR, at);

	if (node) {
		node->text = text;
		node->n = n;
	}
	return node;
}

/* A group on its way: {targets: [], labels: {}}. */
struct group {
	struct sn_node *map;
	struct sn_node *targets;
	struct sn_node *labels;
	struct sn_node **tail; /* of the labels */
};

static int new_group(struct scan *s, const struct sn_place *at, struct group *g)
{
	struct sn_node *keys[2] = {new_text(s, at, "targets", 7), new_text(s, at, "labels", 6)};

	g->map = new_node(s, SN_NODE_MAP, at);
	g->targets = new_node(s, SN_NODE_LIST, at);
	g->labels = new_node(s, SN_NODE_MAP, at);
	if (!keys[0] || !keys[1] || !g->map || !g->targets || !g->labels) {
		return SN_ENOMEM;
	}
	g->map->first = keys[0];
	g->map->n = 2;
	keys[0]->next = g->targets;
	g->targets->next = keys[1];
	keys[1]->next = g->labels;
	g->tail = &g->labels->first;
	return SN_OK;
}

static int add_field(struct scan *s, struct group *g, const struct column *c, const struct field *f)
{
	struct sn_node *value = new_text(s, &f->at, f->text, f->n);
	struct sn_node *key;

	if (!value) {
		return SN_ENOMEM;
	}
	if (c->target) {
		g->targets->first = value;
		g->targets->n = 1;
		return SN_OK;
	}
	if (f->n == 0) {
		return SN_OK;
	}
	key = new_text(s, &f->at, c->name, (uint32_t)strlen(c->name));
	if (!key) {
		return SN_ENOMEM;
	}
	*g->tail = key;
	key->next = value;
	g->tail = &value->next;
	g->labels->n++;
	return SN_OK;
}

/* One record, from its first field on. SN_ECONFIG: reported, and behind it. */
static int read_record(struct scan *s, struct group *g)
{
	const struct sn_place at = s->at;
	struct field f = {.last = false};
	unsigned n = 0;
	int rc = new_group(s, &at, g);

	while (!f.last && !rc) {
		rc = read_field(s, &f);
		if (rc == SN_ECONFIG) {
			skip_record(s);
		}
		if (!rc && n < s->ncolumns) {
			rc = add_field(s, g, &s->columns[n], &f);
		}
		n++;
	}
	if (!rc && n != s->ncolumns) {
		sn_diag_error(s->diag, &at, "%u fields (expected %u, as the first line has)", n,
			      s->ncolumns);
		rc = SN_ECONFIG;
	}
	return rc;
}

static int read_records(struct scan *s, const struct sn_node_items *items)
{
	int rc = SN_OK;

	while (!rc && find_record(s) && !sn_diag_full(s->diag)) {
		struct group g;

		rc = read_record(s, &g);
		if (!rc) {
			rc = items->take(items->ctx, g.map);
		} else if (rc == SN_ECONFIG) {
			rc = SN_OK; /* look for more */
		}
		sn_arena_reset(&s->passing);
	}
	return rc;
}

int sn_csv_parse_items(struct sn_arena *arena, const char *file, struct sn_span text,
		       char delimiter, struct sn_diag *d, const struct sn_node_items *items)
{
	uint32_t errors = d->errors;
	struct scan s;
	int rc;

	s.kept = arena;
	sn_arena_init(&s.passing, arena->pool);
	s.diag = d;
	s.p = (const char *)text.p;
	s.end = s.p + text.n;
	s.p += text.n >= 3 && memcmp(s.p, BOM, 3) == 0 ? 3 : 0;
	s.at = (struct sn_place){file, 1, 1};
	s.delimiter = delimiter;
	s.ncolumns = 0;
	rc = read_head(&s);
	rc = rc ? rc : read_records(&s, items);
	sn_arena_reset(&s.passing);
	return !rc && d->errors != errors ? SN_ECONFIG : rc;
}
