/*
 * Surveys: made, sent to the workers and read when they have answered, see survey.h. One thread.
 */
#include "serve/survey_int.h"

#include <stdlib.h>

enum { TEXT_OF_ROW = 384, TEXT_LEAST = 16 << 10 }; /* octets for names and labels */

static bool give_memory(struct sn_survey_part *p, const struct sn_survey_query *q)
{
	uint32_t rows = 0;

	for (unsigned i = 0; i < q->nranks; i++) {
		struct sn_survey_places *pl = &p->places[i];

		pl->heap = malloc((q->rank[i].n + 1u) * sizeof(*pl->heap));
		pl->rows = malloc((q->rank[i].n + 1u) * sizeof(*pl->rows));
		if (!pl->heap || !pl->rows) {
			return false;
		}
		rows += q->rank[i].n;
	}
	p->text_size = (size_t)rows * TEXT_OF_ROW + TEXT_LEAST;
	p->text = malloc(p->text_size);
	return p->text != NULL;
}

void sn_survey_free(struct sn_survey *s)
{
	for (unsigned i = 0; s && i < s->nparts; i++) {
		for (unsigned k = 0; k < SN_SURVEY_RANKINGS; k++) {
			free(s->parts[i].places[k].heap);
			free(s->parts[i].places[k].rows);
		}
		free(s->parts[i].text);
	}
	free(s);
}

struct sn_survey *sn_survey_start(const struct sn_survey_query *query,
				  const struct sn_serve_worker *workers, unsigned nworkers,
				  int event_fd)
{
	struct sn_survey *s = calloc(1, sizeof(*s) + nworkers * sizeof(s->parts[0]));

	if (!s) {
		return NULL;
	}
	s->query = *query;
	s->event_fd = event_fd;
	s->nparts = nworkers;
	atomic_init(&s->left, nworkers);
	for (unsigned i = 0; i < nworkers; i++) {
		s->parts[i].message.run = sn_survey_part_run;
		s->parts[i].survey = s;
		s->parts[i].of = workers[i].collector;
		if (!give_memory(&s->parts[i], query)) {
			sn_survey_free(s);
			return NULL;
		}
	}
	for (unsigned i = 0; i < nworkers; i++) {
		sn_worker_post(workers[i].worker, &s->parts[i].message);
	}
	return s;
}

bool sn_survey_done(const struct sn_survey *s)
{
	return atomic_load_explicit(&s->left, memory_order_acquire) == 0;
}

void sn_survey_cancel(struct sn_survey *s)
{
	atomic_store_explicit(&s->cancelled, true, memory_order_relaxed);
}

uint64_t sn_survey_worker_total(const struct sn_survey *s, unsigned worker,
				enum sn_target_state state)
{
	return s->parts[worker].totals[state];
}

uint64_t sn_survey_total(const struct sn_survey *s, enum sn_target_state state)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < s->nparts; i++) {
		n += sn_survey_worker_total(s, i, state);
	}
	return n;
}

uint64_t sn_survey_matched(const struct sn_survey *s)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < s->nparts; i++) {
		n += s->parts[i].matched;
	}
	return n;
}

/* Whether a comes before b in the ranking. Positions in the lists of two workers say nothing. */
static bool is_earlier(const struct sn_survey_ranking *rank, const struct sn_survey_row *a,
		       const struct sn_survey_row *b)
{
	int order = strcmp(a->instance, b->instance);

	if (rank->key == SN_SURVEY_BY_INSTANCE) {
		return rank->descending ? order > 0 : order < 0;
	}
	return a->key != b->key ? a->key < b->key : order < 0;
}

uint32_t sn_survey_rows(const struct sn_survey *s, unsigned rank, uint32_t from,
			const struct sn_survey_row **rows, uint32_t n)
{
	const struct sn_survey_ranking *ranking = &s->query.rank[rank];
	uint32_t *next = calloc(s->nparts + 1u, sizeof(*next)); /* row of each part */
	uint32_t taken = 0;

	for (uint32_t place = 0; next && taken < n && place < ranking->n; place++) {
		const struct sn_survey_row *first = NULL;
		unsigned whose = 0;

		for (unsigned i = 0; i < s->nparts; i++) {
			const struct sn_survey_places *pl = &s->parts[i].places[rank];

			if (next[i] < pl->n &&
			    (!first || is_earlier(ranking, &pl->rows[next[i]], first))) {
				first = &pl->rows[next[i]];
				whose = i;
			}
		}
		if (!first) {
			break;
		}
		next[whose]++;
		if (place >= from) {
			rows[taken++] = first;
		}
	}
	free(next);
	return taken;
}

const char *sn_survey_key_name(enum sn_survey_key key)
{
	static const char *const names[] = {
#define SN_SURVEY_KEY_NAME(id, name) name,
		SN_SURVEY_KEY_TABLE(SN_SURVEY_KEY_NAME)
#undef SN_SURVEY_KEY_NAME
	};

	return names[key];
}
