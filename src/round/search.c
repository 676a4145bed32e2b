/*
 * The search for scalars, see search.h. Each goes through the ways in their order until one brings
 * something; one request carries as many as fit that are asked in the same way. RFC 3416 §4.2.1,
 * §4.2.2; noSuchName of v1 by error-index, RFC 1157 §4.1.2. What the agent refuses is taken for not
 * there, and so is what it does not answer several times: a search that fails must not come again
 * with each round.
 * Worker thread.
 */
#include "round/search.h"

#include "codec/oid.h"
#include "round/refusal.h"
#include "round/take_scalar.h"

enum { LOST_MOST = 3 }; /* searches in a row without an answer, after which it is for nothing */

/* Where a scalar is looked for. */
enum way {
	WAY_KNOWN,  /* GET of the instance of earlier rounds */
	WAY_BELOW,  /* GETNEXT of the OID */
	WAY_ITSELF, /* GET of the OID */
	WAY_END	    /* found, or nowhere */
};

struct item {
	const struct sn_scalar *sc; /* what is looked for */
	struct sn_span name;	    /* instance that is known or was found; empty: none */
	enum way way;		    /* how it is asked next */
};

struct sn_search {
	struct sn_step step; /* its request */
	struct item *items;  /* n of them, of as many as the target has scalars */
	struct item **asked; /* in the current request */
	uint8_t *vbs;	     /* its varbinds */
	size_t vbs_cap;	     /* octets at vbs */
	uint32_t n;	     /* scalars that were noted */
	uint32_t nasked;     /* of them, in the current request */
	uint32_t most;	     /* names in one request, lowered when the agent cannot */
	bool started;	     /* nothing more is noted */
	bool learned;	     /* something came out that was not known */
};

/* What is not there is looked for again after this time, somewhat sooner or later so that not all
 * targets are searched at the same time, and after a restart. */
#define AGAIN_NS (3600 * SN_NS_PER_SEC)

static void on_answer(struct sn_request *rq, const struct sn_answer *answer);

static uint32_t number_of(const struct sn_job *job, const struct sn_scalar *sc)
{
	return (uint32_t)(sc - job->spec->scalars->v);
}

bool sn_search_note(struct sn_job *job, const struct sn_scalar *sc)
{
	uint32_t most = job->spec->scalars->n;
	struct sn_search *s = job->search;

	if (sc->root.n == 0 || sc->plan == SN_SCALAR_NO_PLAN) {
		return false;
	}
	if (!s) {
		s = sn_arena_zalloc(&job->arena, sizeof(*s));
		if (!s) {
			return false;
		}
		s->items = sn_arena_alloc(&job->arena, most * sizeof(*s->items));
		if (!s->items) {
			return false;
		}
		job->search = s;
	}
	if (s->started || s->n == most) {
		return false;
	}
	s->items[s->n++] = (struct item){.sc = sc, .way = WAY_END};
	return true;
}

/*** Items ***/

/* Nothing came this way: the next one. */
static void go_on(struct sn_search *s, struct item *it)
{
	struct sn_span root = it->sc->root;

	if (it->way == WAY_KNOWN || it->way == WAY_BELOW) {
		it->name = (struct sn_span){0};
		it->way++;
	} else {
		it->way = WAY_END;
	}
	if (it->way == WAY_ITSELF && sn_span_eq(root, it->sc->name)) {
		it->way = WAY_END; /* it was asked first */
	}
	s->learned = true;
	if (it->way == WAY_END) {
		sn_take_scalar_settle(s->step.job, it->sc);
	}
}

/* The agent cannot be asked for it. */
static void give_up(struct sn_search *s, struct item *it)
{
	it->name = (struct sn_span){0};
	it->way = WAY_END;
	s->learned = true;
	sn_take_scalar_settle(s->step.job, it->sc);
}

/* The name to send. */
static struct sn_span name_of(const struct item *it)
{
	return it->way == WAY_KNOWN ? it->name : it->sc->root;
}

/* Whether this name is an answer to what was asked for the item. */
static bool answers(const struct item *it, const struct sn_varbind *vb)
{
	if (sn_value_is_exception(vb->tag)) {
		return false;
	}
	if (it->way == WAY_BELOW) {
		return vb->name.n > it->sc->root.n && sn_span_is_prefix(it->sc->root, vb->name) &&
		       sn_oid_valid(sn_span_from(vb->name, it->sc->root.n));
	}
	return sn_span_eq(vb->name, name_of(it));
}

/* Copies the name of an instance for the rest of the round. False: no memory. */
static bool keep_name(struct sn_job *job, struct item *it, struct sn_span name)
{
	uint8_t *copy = sn_arena_alloc(&job->arena, name.n);

	if (copy) {
		memcpy(copy, name.p, name.n);
		it->name = sn_span_make(copy, name.n);
	}
	return copy;
}

static void take(struct sn_search *s, struct item *it, const struct sn_varbind *vb)
{
	struct sn_job *job = s->step.job;

	if (!answers(it, vb)) {
		go_on(s, it);
		return;
	}
	if (it->way != WAY_KNOWN) {
		s->learned |= keep_name(job, it, vb->name);
	}
	it->way = WAY_END;
	sn_take_scalar(job, it->sc, vb);
}

/* Keeps what came out for the next rounds. Without memory they look for it again. */
static void remember(struct sn_search *s)
{
	struct sn_job *job = s->step.job;
	struct sn_learned *l = job->learned;
	bool holds = l->found && job->started < l->found->until && !job->round.reset;
	uint64_t until = job->started + AGAIN_NS - AGAIN_NS / 4 + job->spec->hash % (AGAIN_NS / 2);
	struct sn_found_one *all = sn_arena_alloc(&job->arena, s->n * sizeof(*all));
	struct sn_found *found;

	if (!s->learned || !all) {
		return;
	}
	for (uint32_t i = 0; i < s->n; i++) {
		all[i].number = number_of(job, s->items[i].sc);
		all[i].name = s->items[i].name;
	}
	found = sn_found_new(holds ? l->found : NULL, all, s->n, holds ? l->found->until : until);
	if (found) {
		sn_found_free(l->found);
		l->found = found;
	}
}

/*** Requests ***/

/* The way that comes first among those of all items, so that the next one gets full requests. */
static enum way next_way(const struct sn_search *s)
{
	enum way way = WAY_END;

	for (uint32_t i = 0; i < s->n; i++) {
		way = s->items[i].way < way ? s->items[i].way : way;
	}
	return way;
}

/* Chooses items that are asked in the same way. False: none is left. */
static bool choose(struct sn_search *s)
{
	const struct sn_job *job = s->step.job;
	enum way way = next_way(s);
	uint32_t room = sn_job_room(job);
	size_t octets = 0;

	s->nasked = 0;
	for (uint32_t i = 0; i < s->n && way != WAY_END && s->nasked < s->most; i++) {
		struct item *it = &s->items[i];

		if (it->way != way) {
			continue;
		}
		octets += name_of(it).n + SN_SCALAR_VALUE_GUESS;
		if (s->nasked && (octets > room ||
				  s->nasked >= job->spec->plans[it->sc->plan]->max_repetitions)) {
			break;
		}
		s->asked[s->nasked++] = it;
	}
	return s->nasked > 0;
}

static int write_names(struct sn_search *s)
{
	struct sn_writer w;
	size_t need = 0;

	for (uint32_t i = 0; i < s->nasked; i++) {
		need += name_of(s->asked[i]).n + SN_VARBIND_NULL_AROUND;
	}
	if (need > s->vbs_cap) {
		s->vbs = sn_arena_alloc(&s->step.job->arena, need);
		s->vbs_cap = s->vbs ? need : 0;
		if (!s->vbs) {
			return SN_ENOMEM;
		}
	}
	w = sn_writer_make(s->vbs, s->vbs_cap);
	for (uint32_t i = s->nasked; i-- > 0;) {
		sn_varbind_write_null(&w, name_of(s->asked[i]));
	}
	s->step.rq.vbs = sn_writer_span(&w);
	return SN_OK;
}

/* Sends the next request. False: nothing is left to ask, or no memory to do it. */
static bool ask(struct sn_search *s)
{
	if (!choose(s)) {
		return false;
	}
	if (write_names(s)) {
		sn_job_miss(s->step.job, sn_err_text(SN_ENOMEM));
		return false;
	}
	s->step.rq.type = s->asked[0]->way == WAY_BELOW ? SN_PDU_GETNEXT : SN_PDU_GET;
	sn_job_send(&s->step);
	return true;
}

/* Whether there is nothing to look for: it came under another name, or is known to be nowhere. */
static bool is_settled(const struct sn_job *job, const struct sn_scalar *sc,
		       const struct sn_found_one *one)
{
	const struct sn_block *blk = &job->scalars[sc->plan];
	bool came = blk->nrows && sn_block_tag(blk, sn_block_row(blk, 0), sc->column);

	return came || (one && one->name.n == 0 && job->started < job->learned->found->until &&
			!job->round.reset);
}

/* Where the search for an item begins, by what is known. */
static void begin(struct sn_job *job, struct item *it)
{
	const struct sn_found_one *one = sn_found_get(job->learned->found, number_of(job, it->sc));

	it->way = WAY_BELOW;
	if (is_settled(job, it->sc, one)) {
		it->way = WAY_END;
		sn_take_scalar_settle(job, it->sc);
	} else if (one && one->name.n && keep_name(job, it, one->name)) {
		it->way = WAY_KNOWN;
	}
}

void sn_search_start(struct sn_job *job)
{
	struct sn_search *s = job->search;
	uint32_t open = 0;

	if (!s || s->started) {
		return;
	}
	s->started = true;
	if (job->err) {
		return; /* a request was not answered: what the others have lacked is open */
	}
	for (uint32_t i = 0; i < s->n; i++) {
		begin(job, &s->items[i]);
		open += s->items[i].way != WAY_END;
	}
	if (open == 0) {
		return;
	}
	sn_step_init(&s->step, job, on_answer);
	s->most = job->learned->names_most ? job->learned->names_most : UINT32_MAX;
	s->asked = sn_arena_alloc(&job->arena, s->n * sizeof(struct item *));
	if (!s->asked || !ask(s)) {
		sn_job_miss(job, sn_err_text(SN_ENOMEM));
	}
}

/*** Answers ***/

static void take_varbinds(struct sn_search *s, const struct sn_pdu *pdu)
{
	struct sn_cursor cur = sn_cursor_make(pdu->vbs);
	struct sn_varbind vb;
	uint32_t n = 0;

	while (sn_varbind_next(&cur, &vb)) {
		if (n < s->nasked) {
			take(s, s->asked[n], &vb);
		}
		n++;
	}
	s->step.job->round.varbinds += n;
	if (cur.err) {
		sn_job_count(s->step.job, SN_C_VALUES_BAD, 1);
	}
	if (n == 0 || (cur.err && n < s->nasked)) {
		give_up(s, s->asked[n]);
	}
}

static void take_error(struct sn_search *s, const struct sn_pdu *pdu)
{
	const struct sn_refusal rf = sn_refusal_read(s->step.job, pdu, s->nasked);
	struct item *it = s->asked[rf.culprit < s->nasked ? rf.culprit : 0];

	if (rf.culprit == s->nasked && s->nasked > 1) {
		s->most = s->nasked / 2;
	} else if (rf.reason) {
		give_up(s, it);
	} else {
		go_on(s, it);
	}
}

/* No answer: the scalars stay open. If that is so again and again, the agent is odd in this. */
static void take_loss(struct sn_search *s)
{
	struct sn_learned *l = s->step.job->learned;

	if (s->asked[0]->way != WAY_KNOWN && l->search_lost < LOST_MOST) {
		l->search_lost++;
	}
	s->learned = l->search_lost == LOST_MOST;
	for (uint32_t i = 0; i < s->n; i++) {
		s->items[i].way = WAY_END;
	}
	/* whether it is gone the tables will show */
	s->step.unanswered = false;
}

static void on_answer(struct sn_request *rq, const struct sn_answer *answer)
{
	struct sn_search *s = sn_container_of(rq, struct sn_search, step.rq);

	if (!sn_job_account(&s->step, answer)) {
		take_loss(s);
	} else if (answer->pdu->status == SN_STATUS_NO_ERROR) {
		s->step.job->learned->search_lost = 0;
		take_varbinds(s, answer->pdu);
	} else {
		take_error(s, answer->pdu);
	}
	if (!ask(s)) {
		remember(s);
		sn_job_step_over(&s->step);
	}
}
