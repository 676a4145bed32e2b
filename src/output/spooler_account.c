/*
 * What a spooler counts and tells: losses, trouble with the disk, figures for other threads; see
 * spooler_parts.h. On the pump's thread, but for what tells others, which locks.
 */
#include "base/clock.h"
#include "base/log.h"
#include "output/spooler_parts.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const uint64_t told_every = 10 * SN_NS_PER_SEC;	/* trouble that goes on, ... */
static const uint64_t told_seldom = 60 * SN_NS_PER_SEC; /* ... once it has gone on for so long */
static const uint64_t drops_told_every = 60 * SN_NS_PER_SEC; /* each line has the sums of so long */
static const uint64_t publish_every = 100 * SN_NS_PER_MS;    /* what has to be searched for */

enum {
	ERROR_TEXT = 128,
	TIME_TEXT = 32,
	DROPS_TEXT = 640 /* all causes with the largest numbers */
};

_Static_assert((int)SN_LOSS_SPOOL_AGE - (int)SN_LOSS_SPOOL_FULL == (int)SN_SPOOL_AGE &&
		       (int)SN_LOSS_SPOOL_DAMAGED - (int)SN_LOSS_SPOOL_FULL ==
			       (int)SN_SPOOL_DAMAGED &&
		       (int)SN_LOSS_SPOOL_UNWRITTEN - (int)SN_LOSS_SPOOL_FULL ==
			       (int)SN_SPOOL_UNWRITTEN &&
		       SN_SPOOL_FULL == 0,
	       "one reason for each cause");

static enum sn_loss reason(enum sn_spool_cause cause)
{
	return (enum sn_loss)((int)SN_LOSS_SPOOL_FULL + (int)cause);
}

void sn_spooler_count_waiting(struct sn_spooler *sp, const struct sn_output_message *m)
{
	sn_port_publish(&sp->pump->rows_waiting, m->rows);
	sn_port_publish(&sp->pump->rounds_waiting, m->rounds);
	sp->own++;
	sp->changed = true;
}

/* Before what became of them is counted: no reader may see them twice. */
void sn_spooler_count_settled(struct sn_spooler *sp, uint64_t rows, uint64_t rounds)
{
	assert(sp->own);
	sn_port_publish(&sp->pump->rows_waiting, -rows);
	sn_port_publish(&sp->pump->rounds_waiting, -rounds);
	sp->own--;
	sp->changed = true;
}

void sn_spooler_settle_rest(struct sn_spooler *sp)
{
	struct sn_pump *pump = sp->pump;
	uint64_t rows = atomic_load_explicit(&pump->rows_waiting, memory_order_relaxed);
	uint64_t rounds = atomic_load_explicit(&pump->rounds_waiting, memory_order_relaxed);

	if (sp->own == 0 && (rows || rounds)) {
		sn_port_publish(&pump->rows_waiting, -rows);
		sn_port_publish(&pump->rounds_waiting, -rounds);
		sn_pump_count_lost(pump, SN_LOSS_SPOOL_DAMAGED, rows, rounds, 0);
	}
}

/* How many of the records n from number on are this process's and count. */
static uint64_t own_part(const struct sn_spooler *sp, uint64_t number, uint64_t n)
{
	uint64_t end = number + n; /* one behind the last */
	uint64_t from = number > sp->first_own ? number : sp->first_own;
	uint64_t own = from < end ? end - from : 0;

	for (unsigned i = 0; i < sp->nvoids && own; i++) {
		const struct sn_spooler_range *v = &sp->voids[i];
		uint64_t a = v->from > from ? v->from : from;
		uint64_t b = v->to + 1 < end ? v->to + 1 : end;

		own -= a < b ? b - a : 0;
	}
	return own;
}

/* Records of this process that are lost while they waited on the disk. */
static void lose_own(struct sn_spooler *sp, const struct sn_spool_loss *loss, uint64_t own)
{
	struct sn_pump *pump = sp->pump;

	sn_port_publish(&pump->rows_waiting, -(uint64_t)loss->rows);
	sn_port_publish(&pump->rounds_waiting, -(uint64_t)loss->rounds);
	assert(own <= sp->own);
	sp->own -= own;
	sn_pump_count_lost(pump, reason(loss->cause), loss->rows, loss->rounds, own);
	sn_spooler_settle_rest(sp);
}

void sn_spooler_lost(void *ctx, const struct sn_spool_loss *loss)
{
	struct sn_spooler *sp = ctx;
	struct sn_spooler_drop *d = &sp->drop;
	uint64_t own = own_part(sp, loss->number, loss->records);
	uint64_t earlier = loss->number < sp->first_own ? sp->first_own - loss->number : 0;
	struct sn_spooler_loss one = {.rows = loss->rows, .rounds = loss->rounds};

	earlier = earlier < loss->records ? earlier : loss->records;
	one.messages = own + earlier;
	sp->changed = true;
	if (one.messages == 0) {
		return; /* void: their messages are elsewhere */
	}
	sp->stats.lost_rows[loss->cause] += one.rows;
	sp->stats.lost_rounds[loss->cause] += one.rounds;
	sp->stats.lost_messages[loss->cause] += one.messages;
	sp->earlier -= sp->spool ? earlier : 0;
	if (own && loss->cause != SN_SPOOL_UNWRITTEN) {
		lose_own(sp, loss, own);
	}
	d->any = true;
	d->by[loss->cause].messages += one.messages;
	d->by[loss->cause].rows += one.rows;
	d->by[loss->cause].rounds += one.rounds;
	d->targets += sn_spooler_losses_add(sp->losses, loss->key, &one, d->event);
}

/* One cause with its own numbers, as a part of a line; returns where the next one begins. */
static size_t list_cause(const struct sn_spooler_drop *d, unsigned cause, char *line, size_t at)
{
	static const char *const why[SN_SPOOL_CAUSES] = {"is full: the oldest are dropped",
							 "holds some that are too old: dropped",
							 "was damaged: lost",
							 "could not be written: lost"};
	const struct sn_spooler_loss *l = &d->by[cause];
	int n = snprintf(line + at, DROPS_TEXT - at,
			 "%s%s: %llu messages, %llu rows and %llu round records", at ? "; " : "",
			 why[cause], (unsigned long long)l->messages, (unsigned long long)l->rows,
			 (unsigned long long)l->rounds);

	assert(n > 0 && at + (size_t)n < DROPS_TEXT);
	return at + (size_t)n;
}

/* The line of all that is untold. Its targets are distinct within it, whatever the cause. */
static void log_drops(struct sn_spooler *sp, uint64_t now)
{
	const struct sn_spooler_drop *d = &sp->drop;
	char line[DROPS_TEXT];
	char time[TIME_TEXT] = "";
	size_t at = 0;

	for (unsigned i = 0; i < SN_SPOOL_CAUSES; i++) {
		if (d->by[i].messages) {
			at = list_cause(d, i, line, at);
		}
	}
	if (d->held) {
		snprintf(time, sizeof(time), " in %.0f s", (double)(now - d->told_at) / 1e9);
	}
	sn_log(SN_LOG_WARNING, "output %s: spool %s %s of %llu targets%s", sn_pump_label(sp->pump),
	       sp->cfg.path, line, (unsigned long long)d->targets, time);
}

uint64_t sn_spooler_tell_drops(struct sn_spooler *sp, uint64_t now, bool last)
{
	struct sn_spooler_drop *d = &sp->drop;

	if (!d->any) {
		return SN_TIME_NEVER;
	}
	if (!last && d->told_at && now - d->told_at < drops_told_every) {
		d->held = true;
		return d->told_at + drops_told_every;
	}
	log_drops(sp, now);
	*d = (struct sn_spooler_drop){.event = d->event + 1, .told_at = now};
	return SN_TIME_NEVER;
}

void sn_spooler_foreign(void *ctx, const char *name, int why)
{
	struct sn_spooler *sp = ctx;

	sn_log(SN_LOG_WARNING, "output %s: spool %s: %s is left alone (%s)",
	       sn_pump_label(sp->pump), sp->cfg.path, name, sn_err_text(why));
}

/* What the disk said, if there is a spool that knows. */
static const char *cause_text(const struct sn_spooler *sp, int rc, char text[ERROR_TEXT])
{
	struct sn_spool_stats st = {.os_error = 0};

	if (sp->spool) {
		sn_spool_stats_get(sp->spool, &st);
	}
	return st.os_error ? strerror_r(st.os_error, text, ERROR_TEXT) : sn_err_text(rc);
}

/* The line about something that fails: what, and what becomes of rows. */
static void log_failure(const struct sn_spooler *sp, enum sn_spooler_trouble what, int rc)
{
	const char *doing = what == SN_SPOOLER_CLOSED  ? "cannot be opened"
			    : what == SN_SPOOLER_WRITE ? "cannot be written"
			    : what == SN_SPOOLER_READ  ? "cannot be read"
						       : "cannot be kept in order";
	const char *rows = what == SN_SPOOLER_READ   ? ", rows on it wait"
			   : what == SN_SPOOLER_MARK ? ""
						     : ", rows go past it or wait in memory";
	char text[ERROR_TEXT];

	sn_log(SN_LOG_ERROR, "output %s: spool %s %s: %s; it is tried again%s",
	       sn_pump_label(sp->pump), sp->cfg.path, doing, cause_text(sp, rc, text), rows);
}

void sn_spooler_fails(struct sn_spooler *sp, enum sn_spooler_trouble what, int rc)
{
	uint64_t now = sn_clock_mono();
	uint64_t every = told_every;

	if (!sp->trouble) {
		sp->trouble_since = now;
		sp->trouble_told = false;
	}
	if (sp->trouble_told && now - sp->trouble_since >= told_seldom) {
		every = told_seldom;
	}
	if (!sp->told_at || now - sp->told_at >= every) {
		log_failure(sp, what, rc);
		sp->told_at = now;
		sp->trouble_told = true;
	}
	sp->trouble |= (unsigned)what;
	sp->changed = true;
}

void sn_spooler_works(struct sn_spooler *sp, enum sn_spooler_trouble what)
{
	if (!(sp->trouble & (unsigned)what)) {
		return;
	}
	sp->trouble &= ~(unsigned)what;
	sp->changed = true;
	if (!sp->trouble && sp->trouble_told) {
		sn_log(SN_LOG_INFO, "output %s: spool %s works again after %.1f s",
		       sn_pump_label(sp->pump), sp->cfg.path,
		       (double)(sn_clock_mono() - sp->trouble_since) / 1e9);
	}
}

/* When the oldest record that waits was appended. What is known stays true until it is replaced:
 * what failed and waits for its next try is in no buffer. */
static void find_oldest(struct sn_spooler *sp)
{
	struct sn_list *head = &sp->pump->under_way;
	uint64_t oldest = 0;

	if (sp->own + sp->earlier == 0) {
		sp->stats.oldest_ms = 0;
		return;
	}
	for (struct sn_list *n = head->next; n != head; n = n->next) {
		const struct sn_buffer *b = sn_container_of(n, struct sn_buffer, link);

		if (b->since && (!oldest || b->since < oldest)) {
			oldest = b->since;
		}
	}
	sp->stats.oldest_ms = oldest ? oldest : sp->stats.oldest_ms;
}

void sn_spooler_publish(struct sn_spooler *sp)
{
	struct sn_spooler_stats *st = &sp->stats;
	uint64_t now = sn_clock_mono();
	struct sn_spool_stats disk;

	sp->changed = false;
	st->rows_waiting = atomic_load_explicit(&sp->pump->rows_waiting, memory_order_relaxed);
	st->rounds_waiting = atomic_load_explicit(&sp->pump->rounds_waiting, memory_order_relaxed);
	st->messages_waiting = sp->own + sp->earlier;
	st->working = sp->trouble == 0;
	if (now >= sp->publish_at || st->messages_waiting == 0) {
		find_oldest(sp);
		sp->publish_at = now + publish_every;
	}
	st->errors = st->errors > sp->tries ? st->errors : sp->tries;
	if (sp->spool) {
		sn_spool_stats_get(sp->spool, &disk);
		st->bytes = disk.bytes;
		st->segments = disk.segments;
		st->commits = disk.commits;
		st->torn_bytes = disk.torn_bytes;
		st->foreign = disk.foreign;
		st->errors = disk.errors + sp->tries;
	}
	pthread_mutex_lock(&sp->lock);
	sp->told = *st;
	pthread_mutex_unlock(&sp->lock);
}

void sn_spooler_stats_get(struct sn_spooler *sp, struct sn_spooler_stats *stats)
{
	pthread_mutex_lock(&sp->lock);
	*stats = sp->told;
	pthread_mutex_unlock(&sp->lock);
}

void sn_spooler_losses_each(struct sn_spooler *sp, sn_spooler_loss_fn *each, void *ctx)
{
	sn_spooler_losses_tell(sp->losses, each, ctx);
}
