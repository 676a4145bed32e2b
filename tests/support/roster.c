/*
 * Targets made by hand, see roster.h.
 */
#include "support/roster.h"

#include "support/suite.h"

#define START_WALL (UINT64_C(1795377600) * SN_NS_PER_SEC)

static void *take(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (!p) {
		abort();
	}
	return p;
}

static void make_target(struct roster *r, uint32_t i, uint32_t number)
{
	struct sn_target_spec *spec = &r->spec[i];

	snprintf(r->name[i], ROSTER_NAME, "t%07u", number);
	snprintf(r->site[i], ROSTER_NAME, "s%u", number);
	r->label[i] = (struct sn_label){"site", r->site[i]};
	spec->origin =
		(struct sn_origin){.instance = r->name[i], .labels = &r->label[i], .nlabels = 1};
	spec->addr.in = (struct sockaddr_in){.sin_family = AF_INET,
					     .sin_port = htons(161),
					     .sin_addr = {htonl(0x7f000001u + number)}};
	spec->modules = "if_mib";
	spec->interval_ns = 60 * SN_NS_PER_SEC;
	spec->timeout_ns = SN_NS_PER_SEC;
	r->target[i].spec = spec;
	r->target[i].collector = &r->c;
	r->list[i] = &r->target[i];
}

void roster_open(struct roster *r, uint32_t n, uint32_t first, uint32_t step)
{
	const uint64_t seed = 1;
	struct sn_fake_config fc = {
		.start_mono = SN_NS_PER_SEC, .start_wall = START_WALL, .sockets4 = 1};
	struct sn_worker_config wc = {.in_flight = 16, .seed = &seed};

	memset(r, 0, sizeof(*r));
	r->n = n;
	r->target = take(n, sizeof(*r->target));
	r->spec = take(n, sizeof(*r->spec));
	r->label = take(n, sizeof(*r->label));
	r->name = take(n, sizeof(*r->name));
	r->site = take(n, sizeof(*r->site));
	r->list = take(n, sizeof(struct sn_target *));
	for (uint32_t i = 0; i < n; i++) {
		make_target(r, i, first + i * step);
	}
	suite_expect(sn_fake_open(&fc, &r->net) == SN_OK);
	suite_expect(sn_worker_init(&r->w, &wc, sn_fake_io(r->net)) == SN_OK);
	r->c.w = &r->w;
	r->c.targets = r->list;
	r->c.ntargets = n;
}

void roster_close(struct roster *r)
{
	sn_worker_fini(&r->w);
	free(r->target);
	free(r->spec);
	free(r->label);
	free(r->name);
	free(r->site);
	free(r->list);
}

void roster_turn(struct roster *r)
{
	suite_expect(sn_worker_turn(&r->w, sn_io_now(r->w.io)) == SN_OK);
}

static void on_end(struct sn_worker *w, struct sn_worker_message *message)
{
	(void)message;
	w->stop = true;
}

static void *worker_main(void *arg)
{
	struct roster *r = arg;

	suite_expect(sn_worker_run(&r->w) == SN_OK);
	return NULL;
}

void roster_start(struct roster *r)
{
	const struct sn_io_config ic = {.backend = SN_IO_MMSG, .sockets4 = 1};
	const struct sn_worker_config wc = {.number = r->w.number, .in_flight = 16};
	struct sn_io *io;

	sn_worker_fini(&r->w);
	suite_expect(sn_io_open(&ic, &io, NULL) == SN_OK);
	suite_expect(sn_worker_init(&r->w, &wc, io) == SN_OK);
	r->end.run = on_end;
	suite_expect(pthread_create(&r->thread, NULL, worker_main, r) == 0);
	r->running = true;
}

void roster_join(struct roster *r)
{
	if (r->running) {
		sn_worker_post(&r->w, &r->end);
		pthread_join(r->thread, NULL);
		r->running = false;
	}
}

struct sn_serve_worker roster_worker(struct roster *r)
{
	return (struct sn_serve_worker){&r->w, &r->c};
}
