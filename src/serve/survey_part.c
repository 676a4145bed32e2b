/*
 * What a worker does for a survey: looks at its targets, some in each turn, keeps the first of each
 * ranking in a heap, then copies those. A list of targets that is replaced meanwhile has it begin
 * anew. Worker thread; the worker owns the part until it tells its end.
 */
#include "serve/survey_int.h"

#include "base/clock.h"

#include <strings.h>
#include <unistd.h>

enum {
	SLICE = 1024,	  /* targets in a turn at most */
	CLOCK_EVERY = 16, /* targets between two looks at the clock */
	AHEAD = 8	  /* a million targets are cold: they are fetched so far ahead */
};

/* What a slice may take. */
#define SLICE_NS (250 * SN_NS_PER_US)

/* The first octets of a text, so that numbers order as texts do. */
static uint64_t text_key(const char *s)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++) {
		v = v << 8 | (uint8_t)*s;
		s += *s != '\0';
	}
	return v;
}

static uint64_t key_of(enum sn_survey_key key, const struct sn_target *t, uint32_t index)
{
	const struct sn_status *st = &t->status;

	switch (key) {
	case SN_SURVEY_BY_STATE:
		return st->state;
	case SN_SURVEY_BY_MODULE:
		return text_key(t->spec->modules);
	case SN_SURVEY_BY_ERROR:
		return text_key(st->reason ? st->reason : "");
	case SN_SURVEY_BY_DURATION:
		return st->duration_us;
	case SN_SURVEY_BY_RETRIES:
		return st->retries;
	case SN_SURVEY_BY_ROWS:
		return st->rows;
	case SN_SURVEY_BY_FAILURES:
		return st->failures;
	case SN_SURVEY_BY_LAST:
		return st->at;
	case SN_SURVEY_BY_SUCCESS:
		return st->good_at;
	default:
		return index;
	}
}

static bool is_later(const struct sn_survey_entry *a, const struct sn_survey_entry *b)
{
	return a->key != b->key ? a->key > b->key : a->index > b->index;
}

/* Puts e into the heap from the top down, n entries in all; the top is free. */
static void sink(struct sn_survey_entry *heap, uint32_t n, struct sn_survey_entry e)
{
	uint32_t i = 0;

	for (uint32_t child = 1; child < n; child = 2 * i + 1) {
		child += child + 1 < n && is_later(&heap[child + 1], &heap[child]);
		if (!is_later(&heap[child], &e)) {
			break;
		}
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = e;
}

/* The same from the bottom up; the last of n entries is free. */
static void rise(struct sn_survey_entry *heap, uint32_t n, struct sn_survey_entry e)
{
	uint32_t i = n - 1;

	while (i && is_later(&e, &heap[(i - 1) / 2])) {
		heap[i] = heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap[i] = e;
}

static void offer(struct sn_survey_places *pl, uint32_t room, struct sn_survey_entry e)
{
	if (pl->n < room) {
		pl->n++;
		rise(pl->heap, pl->n, e);
	} else if (room && is_later(&pl->heap[0], &e)) {
		sink(pl->heap, pl->n, e);
	}
}

/* Whether a name is one of a comma-separated list. */
static bool names(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *s = list; *s;) {
		size_t len = strcspn(s, ",");

		if (len == n && memcmp(s, name, n) == 0) {
			return true;
		}
		s += len;
		s += *s == ',';
	}
	return false;
}

static bool has_text(const struct sn_origin *o, const char *text)
{
	if (strcasestr(o->instance, text)) {
		return true;
	}
	for (uint32_t i = 0; i < o->nlabels; i++) {
		if (strcasestr(o->labels[i].value, text)) {
			return true;
		}
	}
	return false;
}

static bool passes(const struct sn_survey_query *q, const struct sn_target *t)
{
	return (!q->states || q->states >> t->status.state & 1) &&
	       (!q->module[0] || names(t->spec->modules, q->module)) &&
	       (!q->text[0] || has_text(&t->spec->origin, q->text));
}

static void look_at(struct sn_survey_part *p, const struct sn_target *t, uint32_t index)
{
	const struct sn_survey_query *q = &p->survey->query;

	p->totals[t->status.state]++;
	if (!passes(q, t)) {
		return;
	}
	p->matched++;
	for (unsigned i = 0; i < q->nranks; i++) {
		const struct sn_survey_ranking *rank = &q->rank[i];
		struct sn_survey_entry e = {key_of(rank->key, t, index), index};

		if (rank->states && !(rank->states >> t->status.state & 1)) {
			continue;
		}
		e.key = rank->descending ? ~e.key : e.key;
		offer(&p->places[i], rank->n, e);
	}
}

/* Octets for a row, aligned for anything; NULL: there is no room. */
static void *take_text(struct sn_survey_part *p, size_t n)
{
	void *at = p->text + p->text_used;

	n = (n + 7) & ~(size_t)7;
	if (n > p->text_size - p->text_used) {
		return NULL;
	}
	p->text_used += n;
	return at;
}

/* "?" stands for what finds no room. */
static const char *copy_text(struct sn_survey_part *p, const char *s)
{
	size_t n = strlen(s) + 1;
	char *at = take_text(p, n);

	return at ? memcpy(at, s, n) : "?";
}

static void copy_labels(struct sn_survey_part *p, const struct sn_origin *o,
			struct sn_survey_row *row)
{
	struct sn_label *labels = take_text(p, o->nlabels * sizeof(*labels));

	if (!labels) {
		return;
	}
	for (uint32_t i = 0; i < o->nlabels; i++) {
		labels[i].name = copy_text(p, o->labels[i].name);
		labels[i].value = copy_text(p, o->labels[i].value);
	}
	row->labels = labels;
	row->nlabels = o->nlabels;
}

/* Copies the last one of those that are left of a ranking to its place. */
static void copy_last(struct sn_survey_part *p, struct sn_survey_places *pl)
{
	struct sn_survey_entry e = pl->heap[0];
	const struct sn_target *t = p->of->targets[e.index];
	struct sn_survey_row *row = &pl->rows[--pl->left];

	sink(pl->heap, pl->left, pl->heap[pl->left]);
	*row = (struct sn_survey_row){.status = t->status,
				      .key = e.key,
				      .instance = copy_text(p, t->spec->origin.instance),
				      .modules = copy_text(p, t->spec->modules),
				      .interval_ns = t->spec->interval_ns,
				      .addr = t->spec->addr,
				      .resolved = t->spec->resolve_err == SN_OK,
				      .busy = t->job != NULL};
	copy_labels(p, &t->spec->origin, row);
}

static void begin(struct sn_survey_part *p)
{
	memset(p->totals, 0, sizeof(p->totals));
	p->matched = 0;
	for (unsigned i = 0; i < SN_SURVEY_RANKINGS; i++) {
		p->places[i].n = 0;
	}
	p->text_used = 0;
	p->next = 0;
	p->snapshot = p->of->snapshot;
	p->begun = true;
	p->copying = false;
}

/* One target looked at, or copied. False: there is none left. */
static bool step(struct sn_survey_part *p)
{
	const struct sn_collector *c = p->of;

	if (p->next < c->ntargets) {
		if (p->next + AHEAD < c->ntargets) {
			__builtin_prefetch(&c->targets[p->next + AHEAD]->status);
		}
		look_at(p, c->targets[p->next], p->next);
		p->next++;
		return true;
	}
	if (!p->copying) {
		p->copying = true;
		p->ranking = 0;
		for (unsigned i = 0; i < SN_SURVEY_RANKINGS; i++) {
			p->places[i].left = p->places[i].n;
		}
	}
	while (p->ranking < SN_SURVEY_RANKINGS && p->places[p->ranking].left == 0) {
		p->ranking++;
	}
	if (p->ranking == SN_SURVEY_RANKINGS) {
		return false;
	}
	copy_last(p, &p->places[p->ranking]);
	return true;
}

/* The survey may be gone after this. */
static void tell_end(struct sn_survey *s)
{
	const uint64_t one = 1;
	int fd = s->event_fd;

	if (atomic_fetch_sub_explicit(&s->left, 1, memory_order_acq_rel) == 1 &&
	    write(fd, &one, sizeof(one)) < 0) {
		return; /* the counter is full: its reader is awake already */
	}
}

static void go_on_later(struct sn_worker *w, struct sn_worker_message *message)
{
	sn_inbox_push(&w->inbox, &message->node);
	w->hurry = true; /* in place of a wake */
}

void sn_survey_part_run(struct sn_worker *w, struct sn_worker_message *message)
{
	struct sn_survey_part *p = sn_container_of(message, struct sn_survey_part, message);
	const struct sn_collector *c = p->of;
	uint64_t end;

	if (atomic_load_explicit(&p->survey->cancelled, memory_order_relaxed)) {
		tell_end(p->survey);
		return;
	}
	if (c->apply.list && c->apply.reserved) {
		/* the list in use has targets that are gone already */
		go_on_later(w, message);
		return;
	}
	if (!p->begun || p->snapshot != c->snapshot) {
		begin(p);
	}
	end = sn_io_now(w->io) + SLICE_NS;
	for (unsigned i = 1; i <= SLICE; i++) {
		if (!step(p)) {
			tell_end(p->survey);
			return;
		}
		if (i % CLOCK_EVERY == 0 && sn_io_now(w->io) >= end) {
			break;
		}
	}
	go_on_later(w, message);
}
