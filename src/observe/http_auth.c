/*
 * Passwords, see http_auth.h. What is remembered of one is a digest under a key that this process
 * made for itself, never the password.
 */
#include "observe/http_auth.h"

#include "base/rng.h"
#include "observe/http_int.h"
#include "observe/http_login.h"
#include "observe/http_tls.h"

#include <crypt.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct user {
	char *name;			  /* heap */
	char hash[SN_HTTP_HASH_SIZE + 1]; /* bcrypt */
	uint8_t mac[SN_HTTP_MAC_SIZE];	  /* of the password that was right */
	bool known;			  /* there was one */
};

/* Who may ask. */
struct users {
	struct user *v; /* heap */
	unsigned n;	/* of them; 0: everybody may */
};

/* A password that waits to be checked, or is. */
struct check {
	struct sn_list node;		  /* of free or queue; the one under way is in neither */
	struct sn_list waiters;		  /* struct sn_http_waiter */
	uint64_t client;		  /* of the first of these */
	uint64_t edition;		  /* of the users it was found in */
	unsigned user;			  /* number of the user; no such user: users.n */
	uint8_t mac[SN_HTTP_MAC_SIZE];	  /* of user, hash and password */
	char hash[SN_HTTP_HASH_SIZE + 1]; /* to check it with; of another user if there is none */
	char password[SN_HTTP_LOGIN_MAX]; /* wiped after the check */
};

struct sn_http_auth {
	pthread_mutex_t lock;				 /* of all below but data */
	pthread_cond_t work;				 /* queue or stop */
	pthread_t thread;				 /* that checks, once `running` */
	sn_http_auth_done *done;			 /* tells waiters */
	struct users users;				 /* who may ask */
	uint64_t edition;				 /* of users: counts their changes */
	struct sn_list free;				 /* struct check */
	struct sn_list queue;				 /* struct check, the oldest first */
	struct check *now;				 /* under way, NULL: none */
	struct crypt_data *data;			 /* the thread's */
	unsigned bad_next;				 /* the oldest of bad */
	bool running;					 /* there is a thread */
	bool stop;					 /* it is to end */
	uint8_t key[SN_HTTP_MAC_SIZE];			 /* of all digests */
	uint8_t bad[SN_HTTP_AUTH_BAD][SN_HTTP_MAC_SIZE]; /* of wrong passwords */
	struct check checks[SN_HTTP_AUTH_QUEUE];	 /* all there are */
};

/* In a time that does not tell where they differ. */
static bool same(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a;
	const volatile uint8_t *y = b;
	uint8_t diff = 0;

	for (size_t i = 0; i < n; i++) {
		diff |= (uint8_t)(x[i] ^ y[i]);
	}
	return diff == 0;
}

static void free_users(struct users *u)
{
	for (unsigned i = 0; i < u->n; i++) {
		free(u->v[i].name);
		explicit_bzero(&u->v[i], sizeof(u->v[i]));
	}
	free(u->v);
	u->v = NULL;
	u->n = 0;
}

static int copy_users(struct users *u, const struct sn_http_user *users, unsigned n)
{
	u->n = 0;
	u->v = calloc(n ? n : 1, sizeof(*u->v));
	for (unsigned i = 0; u->v && i < n; i++) {
		bool ok = !sn_http_login_hash_error(users[i].hash);

		u->v[i].name = ok ? strdup(users[i].name) : NULL;
		if (!u->v[i].name) {
			free_users(u);
			return ok ? SN_ENOMEM : SN_EINVAL;
		}
		memcpy(u->v[i].hash, users[i].hash, SN_HTTP_HASH_SIZE);
		u->n++;
	}
	return u->v ? SN_OK : SN_ENOMEM;
}

int sn_http_auth_new(const struct sn_http_user *users, unsigned n, sn_http_auth_done *done,
		     struct sn_http_auth **out)
{
	struct sn_http_auth *a = calloc(1, sizeof(*a));
	struct sn_rng rng;
	int rc;

	if (!a) {
		return SN_ENOMEM;
	}
	a->data = calloc(1, sizeof(*a->data));
	rc = a->data ? copy_users(&a->users, users, n) : SN_ENOMEM;
	if (rc) {
		free(a->data);
		free(a);
		return rc;
	}
	sn_rng_init_system(&rng);
	for (size_t i = 0; i < SN_HTTP_MAC_SIZE; i += sizeof(uint64_t)) {
		uint64_t v = sn_rng_u64(&rng);

		memcpy(a->key + i, &v, sizeof(v));
	}
	sn_rng_fini(&rng);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->work, NULL);
	a->done = done;
	sn_list_init(&a->free);
	sn_list_init(&a->queue);
	for (int i = 0; i < SN_HTTP_AUTH_QUEUE; i++) {
		sn_list_init(&a->checks[i].waiters);
		sn_list_push(&a->free, &a->checks[i].node);
	}
	*out = a;
	return SN_OK;
}

int sn_http_auth_set_users(struct sn_http_auth *a, const struct sn_http_user *users, unsigned n)
{
	struct users fresh;
	struct users old;
	int rc = copy_users(&fresh, users, n);

	if (rc) {
		return rc;
	}
	pthread_mutex_lock(&a->lock);
	old = a->users;
	a->users = fresh;
	a->edition++;
	pthread_mutex_unlock(&a->lock);
	free_users(&old);
	return SN_OK;
}

/* Whether a password is that of a hash. The longest part of it all; without the lock. */
static bool is_right(struct sn_http_auth *a, const struct check *c)
{
	const char *made = crypt_r(c->password, c->hash, a->data);
	bool ok =
		made && strlen(made) == SN_HTTP_HASH_SIZE && same(made, c->hash, SN_HTTP_HASH_SIZE);

	explicit_bzero(a->data, sizeof(*a->data));
	return ok;
}

/* Remembers what a check found, and whom to tell. Under the lock. */
static enum sn_http_verdict settle(struct sn_http_auth *a, struct check *c, bool right,
				   struct sn_list *waiters)
{
	enum sn_http_verdict verdict = SN_HTTP_AUTH_NO;

	if (c->edition != a->edition) {
		verdict = SN_HTTP_AUTH_WAIT;
	} else if (right && c->user < a->users.n) {
		memcpy(a->users.v[c->user].mac, c->mac, SN_HTTP_MAC_SIZE);
		a->users.v[c->user].known = true;
		verdict = SN_HTTP_AUTH_YES;
	} else {
		memcpy(a->bad[a->bad_next], c->mac, SN_HTTP_MAC_SIZE);
		a->bad_next = (a->bad_next + 1) % SN_HTTP_AUTH_BAD;
	}
	sn_list_splice(waiters, &c->waiters);
	explicit_bzero(c->password, sizeof(c->password));
	sn_list_push(&a->free, &c->node);
	a->now = NULL;
	return verdict;
}

static void *run(void *arg)
{
	struct sn_http_auth *a = arg;

	pthread_mutex_lock(&a->lock);
	while (!a->stop) {
		struct sn_list *first = sn_list_pop(&a->queue);
		enum sn_http_verdict verdict;
		struct sn_list waiters;
		bool right;

		if (!first) {
			pthread_cond_wait(&a->work, &a->lock);
			continue;
		}
		a->now = sn_container_of(first, struct check, node);
		pthread_mutex_unlock(&a->lock);
		right = is_right(a, a->now);
		pthread_mutex_lock(&a->lock);
		sn_list_init(&waiters);
		verdict = settle(a, a->now, right, &waiters);
		pthread_mutex_unlock(&a->lock);
		while ((first = sn_list_pop(&waiters))) {
			a->done(sn_container_of(first, struct sn_http_waiter, node), verdict);
		}
		pthread_mutex_lock(&a->lock);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

static struct user *find_user(const struct users *u, const char *name)
{
	for (unsigned i = 0; i < u->n; i++) {
		if (strcmp(u->v[i].name, name) == 0) {
			return &u->v[i];
		}
	}
	return NULL;
}

static bool is_bad(const struct sn_http_auth *a, const uint8_t mac[SN_HTTP_MAC_SIZE])
{
	for (int i = 0; i < SN_HTTP_AUTH_BAD; i++) {
		if (same(a->bad[i], mac, SN_HTTP_MAC_SIZE)) {
			return true;
		}
	}
	return false;
}

/* A check of the same that waits or is under way; *n: those of the client. */
static struct check *find_check(struct sn_http_auth *a, const uint8_t mac[SN_HTTP_MAC_SIZE],
				uint64_t client, unsigned *n)
{
	struct check *found = NULL;

	*n = 0;
	if (a->now) {
		*n += a->now->client == client;
		found = same(a->now->mac, mac, SN_HTTP_MAC_SIZE) ? a->now : NULL;
	}
	for (struct sn_list *l = a->queue.next; l != &a->queue; l = l->next) {
		struct check *c = sn_container_of(l, struct check, node);

		*n += c->client == client;
		if (same(c->mac, mac, SN_HTTP_MAC_SIZE)) {
			found = c;
		}
	}
	return found;
}

/* Has a password checked, together with others that ask the same. Under the lock. */
static enum sn_http_verdict enqueue(struct sn_http_auth *a, const struct check *asked,
				    struct sn_http_waiter *w)
{
	unsigned mine;
	struct check *c = find_check(a, asked->mac, asked->client, &mine);

	if (a->stop) {
		return SN_HTTP_AUTH_BUSY; /* nobody would be told any more */
	}
	if (!c) {
		if (mine >= SN_HTTP_AUTH_CLIENT || sn_list_empty(&a->free)) {
			return SN_HTTP_AUTH_BUSY;
		}
		if (!a->running && sn_http_spawn(&a->thread, run, a, "sonde-auth")) {
			return SN_HTTP_AUTH_BUSY;
		}
		a->running = true;
		c = sn_container_of(sn_list_pop(&a->free), struct check, node);
		c->client = asked->client;
		c->edition = a->edition;
		c->user = asked->user;
		memcpy(c->mac, asked->mac, sizeof(c->mac));
		memcpy(c->hash, asked->hash, sizeof(c->hash));
		memcpy(c->password, asked->password, sizeof(c->password));
		sn_list_push(&a->queue, &c->node);
		pthread_cond_signal(&a->work);
	}
	sn_list_push(&c->waiters, &w->node);
	return SN_HTTP_AUTH_WAIT;
}

/* Under the lock. */
static enum sn_http_verdict judge(struct sn_http_auth *a, const char *name, struct check *asked,
				  struct sn_http_waiter *w)
{
	const struct user *user = find_user(&a->users, name);
	/* whether there is such a user must not show in the time it takes */
	const char *hash = user ? user->hash : a->users.v[0].hash;
	const struct sn_span parts[] = {sn_span_str(name), sn_span_str(user ? hash : ""),
					sn_span_str(asked->password)};

	if (sn_http_tls_mac(a->key, parts, 3, asked->mac)) {
		return SN_HTTP_AUTH_BUSY;
	}
	if (user && user->known && same(user->mac, asked->mac, SN_HTTP_MAC_SIZE)) {
		return SN_HTTP_AUTH_YES;
	}
	if (is_bad(a, asked->mac)) {
		return SN_HTTP_AUTH_NO;
	}
	asked->user = user ? (unsigned)(user - a->users.v) : a->users.n;
	memcpy(asked->hash, hash, sizeof(asked->hash));
	return enqueue(a, asked, w);
}

enum sn_http_verdict sn_http_auth_check(struct sn_http_auth *a, const char *header, uint64_t client,
					struct sn_http_waiter *w)
{
	struct check asked = {.client = client};
	enum sn_http_verdict verdict = SN_HTTP_AUTH_NO;
	char room[SN_HTTP_LOGIN_MAX];
	char *name;
	char *password;

	pthread_mutex_lock(&a->lock);
	if (a->users.n == 0) {
		verdict = SN_HTTP_AUTH_YES;
	} else if (!header) {
		verdict = SN_HTTP_AUTH_NONE;
	} else if (sn_http_login_read(header, room, &name, &password)) {
		memcpy(asked.password, password, strlen(password) + 1);
		verdict = judge(a, name, &asked, w);
	}
	pthread_mutex_unlock(&a->lock);
	explicit_bzero(&asked, sizeof(asked));
	explicit_bzero(room, sizeof(room));
	return verdict;
}

void sn_http_auth_stop(struct sn_http_auth *a)
{
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_signal(&a->work);
	pthread_mutex_unlock(&a->lock);
	if (a->running) {
		pthread_join(a->thread, NULL);
		a->running = false;
	}
}

void sn_http_auth_free(struct sn_http_auth *a)
{
	if (!a) {
		return;
	}
	free_users(&a->users);
	pthread_cond_destroy(&a->work);
	pthread_mutex_destroy(&a->lock);
	explicit_bzero(a->data, sizeof(*a->data));
	free(a->data);
	explicit_bzero(a, sizeof(*a));
	free(a);
}
