/*
 * YAML text to a tree of nodes, see yaml.h: libyaml splits the text into events, this file builds
 * the tree and refuses what a configuration has no use for. Main thread.
 */
#include "document/yaml.h"

#include "document/position.h"

#include <yaml.h>

/* A list or map that is being filled. */
struct frame {
	struct sn_node *node;	   /* itself */
	struct sn_node **tail;	   /* where the next child is linked */
	const struct sn_node *key; /* map: the key whose value comes next; NULL: a key comes next */
};

struct anchor {
	const char *name;	    /* of the anchor, in the arena */
	const struct sn_node *node; /* what it names */
};

struct builder {
	struct sn_arena *arena;		   /* nodes and texts that stay */
	struct sn_arena passing;	   /* those of items, with `items` */
	const struct sn_node_items *items; /* who takes the items of a list; NULL: the tree */
	const char *file;		   /* for places */
	struct sn_diag *diag;		   /* messages */
	struct sn_node *root;		   /* of the document */
	uint64_t aliased;		   /* nodes added by aliases */
	unsigned depth;			   /* frames in use */
	unsigned nanchors;		   /* anchors in use */
	unsigned documents;		   /* begun */
	struct frame frames[SN_YAML_DEPTH_MAX];
	struct anchor anchors[SN_YAML_ANCHORS_MAX];
};

static const char too_deep[] = "nested too deeply (at most 64 lists and maps inside each other)";

static struct sn_place place(const struct builder *b, yaml_mark_t mark)
{
	struct sn_place at = {b->file, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1};

	return at;
}

static int refuse(struct builder *b, const yaml_event_t *ev, const char *what)
{
	struct sn_place at = place(b, ev->start_mark);

	sn_diag_error(b->diag, &at, "%s", what);
	return SN_ECONFIG;
}

/* Whether the document is a list whose items are taken one by one. */
static bool has_taker(const struct builder *b)
{
	return b->items && b->depth > 0 && b->frames[0].node->kind == SN_NODE_LIST;
}

static struct sn_arena *node_arena(struct builder *b)
{
	return has_taker(b) ? &b->passing : b->arena;
}

static struct sn_node *new_node(struct builder *b, const yaml_event_t *ev, enum sn_node_kind kind)
{
	struct sn_node *node = sn_arena_zalloc(node_arena(b), sizeof(*node));

	if (node) {
		node->at = place(b, ev->start_mark);
		node->kind = (uint8_t)kind;
		node->weight = 1;
	}
	return node;
}

/* Checks a node that stands where a map wants a key. */
static int check_key(struct builder *b, const yaml_event_t *ev, const struct sn_node *node)
{
	if (node->kind != SN_NODE_SCALAR) {
		return refuse(b, ev, "a key must be text, not a list or a map");
	}
	if (node->plain && strcmp(node->text, "<<") == 0) {
		return refuse(b, ev, "merge keys (<<) are not supported; write the keys out");
	}
	return SN_OK;
}

/* Hangs a node below the list or map that is being filled. */
static int attach(struct builder *b, const yaml_event_t *ev, struct sn_node *node)
{
	struct frame *f;

	if (b->depth == 0) {
		b->root = node;
		return SN_OK;
	}
	f = &b->frames[b->depth - 1];
	if (f->node->kind == SN_NODE_MAP) {
		if (!f->key) {
			int rc = check_key(b, ev, node);

			if (rc) {
				return rc;
			}
			f->key = node;
			f->node->n++;
		} else {
			f->key = NULL;
		}
	} else {
		f->node->n++;
	}
	if (b->depth == 1 && has_taker(b)) {
		return SN_OK; /* see complete */
	}
	*f->tail = node;
	f->tail = &node->next;
	return SN_OK;
}

/* A node has all it will have: if it is an item that somebody waits for, its time has come. */
static int complete(struct builder *b, const struct sn_node *node)
{
	int rc;

	if (!b->items || b->depth != 1 || !has_taker(b)) {
		return SN_OK;
	}
	rc = b->items->take(b->items->ctx, node);
	if (b->nanchors == 0) {
		sn_arena_reset(&b->passing);
	}
	return rc;
}

static int add_anchor(struct builder *b, const yaml_event_t *ev, const yaml_char_t *name,
		      const struct sn_node *node)
{
	const char *text = (const char *)name;

	if (!name) {
		return SN_OK;
	}
	if (b->nanchors == SN_YAML_ANCHORS_MAX) {
		return refuse(b, ev, "too many anchors in one file (at most 1000)");
	}
	b->anchors[b->nanchors].name = sn_arena_strndup(b->arena, text, strlen(text));
	b->anchors[b->nanchors].node = node;
	return b->anchors[b->nanchors++].name ? SN_OK : SN_ENOMEM;
}

static bool is_open(const struct builder *b, const struct sn_node *node)
{
	for (unsigned i = 0; i < b->depth; i++) {
		if (b->frames[i].node == node) {
			return true;
		}
	}
	return false;
}

static int on_alias(struct builder *b, const yaml_event_t *ev)
{
	const char *name = (const char *)ev->data.alias.anchor;
	const struct sn_node *target = NULL;
	struct sn_node *node;
	int rc;

	/* the latest anchor of a name counts */
	for (unsigned i = b->nanchors; i > 0 && !target; i--) {
		if (strcmp(b->anchors[i - 1].name, name) == 0) {
			target = b->anchors[i - 1].node;
		}
	}
	if (!target) {
		return refuse(b, ev, "this alias names no anchor above it");
	}
	if (is_open(b, target)) {
		return refuse(b, ev, "this alias contains itself");
	}
	if (b->depth + target->height > SN_YAML_DEPTH_MAX) {
		return refuse(b, ev, too_deep);
	}
	b->aliased += target->weight;
	if (b->aliased > SN_YAML_ALIASED_MAX) {
		return refuse(b, ev, "aliases make this file too large (more than 1000000 nodes)");
	}
	node = sn_arena_alloc(node_arena(b), sizeof(*node));
	if (!node) {
		return SN_ENOMEM;
	}
	*node = *target;
	node->next = NULL;
	node->at = place(b, ev->start_mark);
	rc = attach(b, ev, node);
	return rc ? rc : complete(b, node);
}

static int on_scalar(struct builder *b, const yaml_event_t *ev)
{
	const char *text = (const char *)ev->data.scalar.value;
	size_t n = ev->data.scalar.length;
	struct sn_node *node;
	int rc;

	if (ev->data.scalar.tag) {
		return refuse(b, ev, "tags are not supported");
	}
	if (memchr(text, '\0', n)) {
		return refuse(b, ev, "text must not contain a NUL character");
	}
	node = new_node(b, ev, SN_NODE_SCALAR);
	if (!node) {
		return SN_ENOMEM;
	}
	node->text = sn_arena_strndup(node_arena(b), text, n);
	if (!node->text) {
		return SN_ENOMEM;
	}
	node->n = (uint32_t)n;
	node->plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	rc = attach(b, ev, node);
	rc = rc ? rc : add_anchor(b, ev, ev->data.scalar.anchor, node);
	return rc ? rc : complete(b, node);
}

static int on_start(struct builder *b, const yaml_event_t *ev, enum sn_node_kind kind,
		    const yaml_char_t *tag, const yaml_char_t *anchor)
{
	struct sn_node *node;
	int rc;

	if (tag) {
		return refuse(b, ev, "tags are not supported");
	}
	if (b->depth == SN_YAML_DEPTH_MAX) {
		return refuse(b, ev, too_deep);
	}
	node = new_node(b, ev, kind);
	if (!node) {
		return SN_ENOMEM;
	}
	rc = attach(b, ev, node);
	if (rc) {
		return rc;
	}
	b->frames[b->depth].node = node;
	b->frames[b->depth].tail = &node->first;
	b->frames[b->depth].key = NULL;
	b->depth++;
	return add_anchor(b, ev, anchor, node);
}

static int on_end(struct builder *b)
{
	struct sn_node *node = b->frames[--b->depth].node;
	uint64_t weight = 1;
	uint8_t height = 0;

	/* below 2^32: the written nodes are bounded by the file's size, the others by the limit */
	for (const struct sn_node *c = node->first; c; c = c->next) {
		weight += c->weight;
		height = c->height > height ? c->height : height;
	}
	node->weight = (uint32_t)weight;
	node->height = (uint8_t)(height + 1);
	if (node->kind == SN_NODE_MAP) {
		sn_node_check_keys(node, b->diag);
	}
	return b->diag->nomem ? SN_ENOMEM : complete(b, node);
}

static int on_event(struct builder *b, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (b->documents++ > 0) {
			return refuse(b, ev, "a second document begins here (expected one a file)");
		}
		return SN_OK;
	case YAML_ALIAS_EVENT:
		return on_alias(b, ev);
	case YAML_SCALAR_EVENT:
		return on_scalar(b, ev);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(b, ev, SN_NODE_LIST, ev->data.sequence_start.tag,
				ev->data.sequence_start.anchor);
	case YAML_MAPPING_START_EVENT:
		return on_start(b, ev, SN_NODE_MAP, ev->data.mapping_start.tag,
				ev->data.mapping_start.anchor);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_end(b);
	default:
		return SN_OK;
	}
}

static int report_syntax(struct builder *b, const yaml_parser_t *parser, struct sn_span text)
{
	struct sn_place at;

	if (parser->error == YAML_MEMORY_ERROR) {
		return SN_ENOMEM;
	}
	if (parser->error == YAML_READER_ERROR) {
		at = sn_position_of(b->file, text, parser->problem_offset);
		sn_diag_error(b->diag, &at, "%s (expected text in UTF-8)", parser->problem);
		return SN_ECONFIG;
	}
	at = place(b, parser->problem_mark);
	if (sn_position_byte(text, at) == '\t') {
		/* libyaml says only that no token begins with it */
		sn_diag_error(b->diag, &at, "a tab where a value begins (expected spaces)");
	} else if (parser->context) {
		sn_diag_error(b->diag, &at, "%s (%s, line %u, column %u)", parser->problem,
			      parser->context, (unsigned)parser->context_mark.line + 1,
			      (unsigned)parser->context_mark.column + 1);
	} else {
		sn_diag_error(b->diag, &at, "%s", parser->problem);
	}
	return SN_ECONFIG;
}

static int parse_events(struct builder *b, yaml_parser_t *parser, struct sn_span text)
{
	for (;;) {
		yaml_event_t ev;
		bool end;
		int rc;

		if (!yaml_parser_parse(parser, &ev)) {
			return report_syntax(b, parser, text);
		}
		rc = on_event(b, &ev);
		end = ev.type == YAML_STREAM_END_EVENT;
		if (ev.type == YAML_SCALAR_EVENT) {
			explicit_bzero(ev.data.scalar.value, ev.data.scalar.length);
		}
		yaml_event_delete(&ev);
		if (rc || end) {
			return rc;
		}
	}
}

/* The parser's copies of the text, which may hold passwords. */
static void wipe(yaml_parser_t *parser)
{
	explicit_bzero(parser->raw_buffer.start,
		       (size_t)(parser->raw_buffer.end - parser->raw_buffer.start));
	explicit_bzero(parser->buffer.start, (size_t)(parser->buffer.end - parser->buffer.start));
}

/* What an empty file is: a null. */
static int make_empty(struct builder *b)
{
	struct sn_node *node = sn_arena_zalloc(b->arena, sizeof(*node));

	if (!node) {
		return SN_ENOMEM;
	}
	node->at.file = b->file;
	node->at.line = 1;
	node->at.column = 1;
	node->text = "";
	node->plain = true;
	b->root = node;
	return SN_OK;
}

int sn_yaml_parse_items(struct sn_arena *arena, const char *file, struct sn_span text,
			struct sn_diag *d, const struct sn_node_items *items,
			const struct sn_node **root)
{
	struct builder *b = sn_arena_zalloc(arena, sizeof(*b));
	uint32_t errors = d->errors;
	yaml_parser_t parser;
	int rc;

	if (!b || !yaml_parser_initialize(&parser)) {
		return SN_ENOMEM;
	}
	b->arena = arena;
	sn_arena_init(&b->passing, arena->pool);
	b->items = items;
	b->file = file;
	b->diag = d;
	yaml_parser_set_input_string(&parser, text.n ? text.p : (const unsigned char *)"", text.n);
	rc = parse_events(b, &parser, text);
	wipe(&parser);
	yaml_parser_delete(&parser);
	sn_arena_reset(&b->passing);
	if (!rc && !b->root) {
		rc = make_empty(b);
	}
	*root = b->root;
	return !rc && d->errors != errors ? SN_ECONFIG : rc;
}

int sn_yaml_parse(struct sn_arena *arena, const char *file, struct sn_span text, struct sn_diag *d,
		  const struct sn_node **root)
{
	return sn_yaml_parse_items(arena, file, text, d, NULL, root);
}
