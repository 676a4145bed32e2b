/*
 * What the sink has and is not settled, into the spool: at a stop all of it, and before other
 * messages go into the spool, because records come back in their order, after a stop or crash too:
 * what is older has to lie before them. It stays with the sink meanwhile, as if it had been read
 * back. See spooler_parts.h; on the pump's thread.
 */
#include "base/clock.h"
#include "output/spooler_parts.h"

/* What one step has appended. */
struct step {
	struct sn_spooler_range range; /* numbers; from 0: nothing */
	uint64_t messages;	       /* how many */
};

bool sn_spooler_is_bare(const struct sn_spooler *sp)
{
	/* with records that are to be read before them they cannot be read back in order */
	return sp->ordered && sp->bare && sp->drained && !sp->rewind_due && !sp->offer &&
	       !sp->appended.first;
}

static struct sn_buffer *buffer_of(struct sn_list *n)
{
	return sn_container_of(n, struct sn_buffer, link);
}

/* Up to where a buffer's messages were offered. */
static size_t offered(const struct sn_spooler *sp, const struct sn_buffer *b)
{
	return b == sp->pump->taking ? sp->pump->taken : b->used;
}

static struct sn_output_message *message_at(struct sn_buffer *b, size_t at)
{
	return (struct sn_output_message *)(void *)(b->data + at);
}

/* One more record. False: the disk refuses. */
static bool add(struct sn_spooler *sp, struct sn_buffer *b, struct sn_output_message *m,
		struct step *s)
{
	if (!sn_spooler_append(sp, m)) {
		return false;
	}
	s->range.from = s->range.from ? s->range.from : m->record;
	s->range.to = m->record;
	s->messages++;
	sn_spooler_count_waiting(sp, m);
	b->since = b->since ? b->since : sn_spooler_time(sp, sn_clock_mono());
	return true;
}

/* Appends as many as there is room for. True: there are no more. */
static bool add_some(struct sn_spooler *sp, struct step *s)
{
	struct sn_list *head = &sp->pump->under_way;

	for (struct sn_list *n = head->next; n != head; n = n->next) {
		struct sn_buffer *b = buffer_of(n);
		size_t end = offered(sp, b);

		while (!b->spooler && b->shadowed < end) {
			struct sn_output_message *m = message_at(b, b->shadowed);

			if (!m->settled && !m->kept && !m->record && sn_spooler_fits(sp, m) &&
			    (!sn_spooler_has_room(sp, m) || !add(sp, b, m, s))) {
				return false;
			}
			b->shadowed += m->size;
		}
	}
	return true;
}

/* The records from `from` to the last of the step are as if they had not been appended. */
static void undo(struct sn_spooler *sp, struct step *s, uint64_t from)
{
	struct sn_list *head = &sp->pump->under_way;

	sn_spooler_void(sp, from, s->range.to);
	for (struct sn_list *n = head->next; n != head; n = n->next) {
		struct sn_buffer *b = buffer_of(n);

		for (size_t at = 0; !b->spooler && at < b->shadowed;) {
			struct sn_output_message *m = message_at(b, at);

			if (!m->settled && m->record >= from && m->record <= s->range.to) {
				m->record = 0;
				s->messages--;
				sn_spooler_count_settled(sp, m->rows, m->rounds);
				b->shadowed = at;
			}
			at += m->size;
		}
	}
}

/* Passes reading over what was appended: the sink has it. Returns the first number that could not
 * be passed. */
static uint64_t pass(struct sn_spooler *sp, const struct step *s)
{
	uint64_t next = s->range.from;
	struct sn_spool_record rec;
	int rc = SN_OK;

	while (rc == SN_OK && next <= s->range.to) {
		rc = sn_spool_read(sp->spool, &rec);
		next = rc == SN_OK ? rec.number + 1 : next;
	}
	if (rc == SN_ENOENT) {
		next = s->range.to + 1; /* what is missing is told */
	} else if (rc != SN_OK && rc != SN_EAGAIN) {
		sn_spooler_fails(sp, SN_SPOOLER_READ, rc);
		sp->read_at = sn_clock_mono() + SN_NS_PER_SEC;
	}
	return next;
}

void sn_spooler_shadow(struct sn_spooler *sp)
{
	struct step s = {.messages = 0};
	bool all = add_some(sp, &s);
	uint64_t next = s.range.from;

	if (s.messages && sn_spooler_commit(sp)) {
		next = pass(sp, &s);
		sp->drained = next > s.range.to;
	}
	if (s.messages && next <= s.range.to) {
		undo(sp, &s, next);
		all = false;
	}
	sp->flying += s.messages;
	sp->bare = !all;
	sp->changed = true;
	sn_spooler_judge(sp);
}

void sn_spooler_abort(struct sn_spooler *sp)
{
	sp->aborting = true;
	sn_spooler_withdraw(sp);
}

/* One that was not settled when the sink gave up. False: the disk refuses. */
static bool save(struct sn_spooler *sp, struct sn_output_message *m)
{
	if (m->record) {
		sn_spooler_landed(sp, m, SN_LOSS_SHUTDOWN);
		return true;
	}
	if (!sn_spooler_fits(sp, m)) {
		return true;
	}
	if ((!sn_spooler_has_room(sp, m) && !sn_spooler_commit(sp)) || !sn_spooler_append(sp, m)) {
		return false;
	}
	m->kept = SN_SPOOLER_APPENDED;
	sn_spooler_list_add(&sp->appended, m);
	return true;
}

static bool save_buffer(struct sn_spooler *sp, struct sn_buffer *b)
{
	bool well = true;

	for (size_t at = 0; at < b->used && well;) {
		struct sn_output_message *m = message_at(b, at);

		at += m->size;
		well = m->settled || m->kept || save(sp, m);
	}
	return well;
}

void sn_spooler_save(struct sn_spooler *sp)
{
	struct sn_list *head = &sp->pump->under_way;
	bool well = sp->spool && sn_spooler_commit(sp);
	struct sn_list *next;

	for (struct sn_output_message *m = sp->queue.first; m; m = m->next) {
		m->kept = SN_SPOOLER_NOT_KEPT;
	}
	sp->queue.first = NULL;
	for (struct sn_list *n = head->next; n != head && well; n = next) {
		struct sn_buffer *b = buffer_of(n);

		b->open++; /* it stays in the list until it is looked through */
		well = b->spooler || save_buffer(sp, b);
		next = n->next;
		sn_pump_let_go(b);
	}
	(void)(well && sn_spooler_commit(sp));
	sp->saved = true;
}
