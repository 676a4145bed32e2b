/*
 * What SNMPv3's security costs: MACs, encryption and decryption by protocol and length, a whole
 * exchange, passwords to keys, and keys of many engines in time and memory. Before anything is
 * timed, what was sealed must open. Each message meets the key of another engine than the one
 * before, so that keys come from the cache's outer levels as in a real round. Medians of many short
 * runs, one thread, no system call while the clock runs.
 *
 *   bench_usm [--quick] [--repeats N] [--engines N]
 *   valgrind --tool=callgrind --toggle-collect=kernel_exchange --callgrind-out-file=/dev/null \
 *       bench_usm --callgrind 1000 exchange
 *
 * Run it on one CPU (taskset -c 1).
 */
#include "base/clock.h"
#include "msg/v3.h"
#include "usm/engine.h"
#include "usm/keys.h"

#include "support/runs.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	KEYS = 4096, /* engines that messages go round */
	MESSAGE = 1400,
	ROOM = MESSAGE + 16,
	MAX_ENGINES = 1000000,
	REQUEST = 100,	  /* octets of an authPriv GET, all of it */
	REQUEST_PDU = 64, /* octets of it that are encrypted */
	RESPONSE = 484,
	RESPONSE_PDU = 450,
	MAC_AT = 52 /* where a MAC usually begins */
};

struct fixture {
	struct sn_keys pool;		     /* where the keys are */
	struct sn_usm_keys *keys[KEYS];	     /* of the protocols that are measured */
	uint8_t macs[KEYS][SN_AUTH_MAC_MAX]; /* each engine's of the response */
	uint8_t request[ROOM];		     /* written */
	uint8_t response[ROOM];		     /* received */
	uint8_t scratch[ROOM];		     /* decrypted */
	uint64_t refused;		     /* MACs that were wrong */
};

/* n messages of `octets`. */
typedef void kernel_run(struct fixture *, unsigned, size_t);

struct kernel {
	const char *name;	    /* of the figure and of --callgrind */
	enum sn_auth_protocol auth; /* of the keys */
	enum sn_priv_protocol priv; /* likewise */
	kernel_run *run;
	size_t octets; /* of a message */
};

static const uint8_t salt[SN_PRIV_SALT] = {1, 2, 3, 4, 5, 6, 7, 8};

static struct sn_span engine_id(uint32_t i, uint8_t id[12])
{
	static const uint8_t prefix[8] = {0x80, 0, 0x1f, 0x88, 0x80, 1, 2, 3};

	memcpy(id, prefix, 8);
	memcpy(id + 8, &i, 4);
	return sn_span_make(id, 12);
}

static struct sn_usm_user make_user(enum sn_auth_protocol auth, enum sn_priv_protocol priv)
{
	struct sn_usm_user user = {.level = SN_V3_AUTH | SN_V3_PRIV,
				   .auth = (uint8_t)auth,
				   .priv = (uint8_t)priv,
				   .auth_n = sn_auth_info(auth)->digest,
				   .priv_n = sn_auth_info(auth)->digest};

	if (sn_auth_password_to_key(auth, sn_span_str("maplesyrup"), user.auth_key) ||
	    sn_auth_password_to_key(auth, sn_span_str("newsyrup"), user.priv_key)) {
		abort();
	}
	return user;
}

static void check_all(struct fixture *f, enum sn_auth_protocol auth)
{
	struct sn_span whole = sn_span_make(f->response, RESPONSE);
	size_t mac_n = sn_auth_info(auth)->mac;

	for (unsigned i = 0; i < KEYS; i++) {
		uint8_t plain[REQUEST_PDU + 8] = {0};
		uint8_t pdu[REQUEST_PDU + 8] = {0};

		sn_auth_sign(auth, &f->keys[i]->hmac, whole, f->response + MAC_AT);
		memcpy(f->macs[i], f->response + MAC_AT, mac_n);
		sn_priv_encrypt(&f->keys[i]->cipher, i, 2, salt, pdu, REQUEST_PDU);
		if (sn_auth_check(auth, &f->keys[i]->hmac, whole,
				  sn_span_make(f->response + MAC_AT, mac_n)) ||
		    sn_priv_decrypt(&f->keys[i]->cipher, i, 2, sn_span_make(salt, sizeof(salt)),
				    sn_span_make(pdu, REQUEST_PDU), f->scratch) ||
		    memcmp(pdu, plain, REQUEST_PDU) == 0 ||
		    memcmp(f->scratch, plain, REQUEST_PDU) != 0) {
			fprintf(stderr, "bench_usm: what was sealed does not open\n");
			abort();
		}
	}
}

static void make_keys(struct fixture *f, enum sn_auth_protocol auth, enum sn_priv_protocol priv)
{
	struct sn_usm_user user = make_user(auth, priv);

	sn_keys_init(&f->pool, sizeof(struct sn_usm_keys));
	for (uint32_t i = 0; i < KEYS; i++) {
		uint8_t id[12];

		f->keys[i] = sn_keys_get(&f->pool);
		if (!f->keys[i] ||
		    sn_usm_user_localize(&user, engine_id(i, id), f->keys[i]) != SN_OK) {
			abort();
		}
	}
	check_all(f, auth);
}

static void drop_keys(struct fixture *f)
{
	for (uint32_t i = 0; i < KEYS; i++) {
		sn_usm_keys_fini(f->keys[i]);
	}
	sn_keys_fini(&f->pool);
}

__attribute__((noinline)) static void kernel_mac(struct fixture *f, unsigned n, size_t octets)
{
	struct sn_span whole = sn_span_make(f->request, octets);

	for (unsigned i = 0; i < n; i++) {
		const struct sn_usm_keys *k = f->keys[i % KEYS];

		sn_auth_sign((enum sn_auth_protocol)k->auth, &k->hmac, whole, f->request + MAC_AT);
	}
}

__attribute__((noinline)) static void kernel_encrypt(struct fixture *f, unsigned n, size_t octets)
{
	for (unsigned i = 0; i < n; i++) {
		sn_priv_encrypt(&f->keys[i % KEYS]->cipher, i, 2, salt, f->request, octets);
	}
}

__attribute__((noinline)) static void kernel_decrypt(struct fixture *f, unsigned n, size_t octets)
{
	struct sn_span in = sn_span_make(f->response, octets);

	for (unsigned i = 0; i < n; i++) {
		if (sn_priv_decrypt(&f->keys[i % KEYS]->cipher, i, 2,
				    sn_span_make(salt, sizeof(salt)), in, f->scratch)) {
			abort();
		}
	}
}

/* A request out, its answer in. */
__attribute__((noinline)) static void kernel_exchange(struct fixture *f, unsigned n, size_t octets)
{
	struct sn_span request = sn_span_make(f->request, REQUEST);
	struct sn_span response = sn_span_make(f->response, octets);
	struct sn_span pdu = sn_span_make(f->response + octets - RESPONSE_PDU, RESPONSE_PDU);

	for (unsigned i = 0; i < n; i++) {
		const struct sn_usm_keys *k = f->keys[i % KEYS];
		enum sn_auth_protocol auth = (enum sn_auth_protocol)k->auth;
		size_t mac_n = sn_auth_info(auth)->mac;

		sn_priv_encrypt(&k->cipher, i, 2, salt, f->request + REQUEST - REQUEST_PDU,
				REQUEST_PDU);
		sn_auth_sign(auth, &k->hmac, request, f->request + 20);
		memcpy(f->response + MAC_AT, f->macs[i % KEYS], mac_n);
		if (sn_auth_check(auth, &k->hmac, response,
				  sn_span_make(f->response + MAC_AT, mac_n))) {
			f->refused++;
			continue;
		}
		if (sn_priv_decrypt(&k->cipher, i, 2, sn_span_make(salt, sizeof(salt)), pdu,
				    f->scratch)) {
			abort();
		}
	}
}

/* No length has a meaning here: one engine after the other, ended at once. */
__attribute__((noinline)) static void kernel_localize(struct fixture *f, unsigned n, size_t octets)
{
	struct sn_usm_user user = make_user(SN_AUTH_SHA1, SN_PRIV_AES128);

	for (unsigned i = 0; i < n; i++) {
		struct sn_usm_keys keys;
		uint8_t id[12];

		if (sn_usm_user_localize(&user, engine_id(i, id), &keys)) {
			abort();
		}
		f->scratch[octets] ^= keys.auth;
		sn_usm_keys_fini(&keys);
	}
}

#define MACS(id, name)                                                                             \
	{name "_100", SN_AUTH_##id, SN_PRIV_AES128, kernel_mac, 100},                              \
		{name "_484", SN_AUTH_##id, SN_PRIV_AES128, kernel_mac, 484},                      \
	{                                                                                          \
		name "_1400", SN_AUTH_##id, SN_PRIV_AES128, kernel_mac, 1400                       \
	}
/* SHA-256, since its keys need no lengthening; what DES encrypts is padded to whole blocks */
#define CIPHERS(id, name)                                                                          \
	{name "_encrypt_64", SN_AUTH_SHA256, SN_PRIV_##id, kernel_encrypt, 64},                    \
		{name "_decrypt_450", SN_AUTH_SHA256, SN_PRIV_##id, kernel_decrypt, 450},          \
	{                                                                                          \
		name "_decrypt_1400", SN_AUTH_SHA256, SN_PRIV_##id, kernel_decrypt, 1400           \
	}
#define BLOCK_CIPHERS(id, name)                                                                    \
	{name "_encrypt_64", SN_AUTH_SHA256, SN_PRIV_##id, kernel_encrypt, 64},                    \
		{name "_decrypt_448", SN_AUTH_SHA256, SN_PRIV_##id, kernel_decrypt, 448},          \
	{                                                                                          \
		name "_decrypt_1400", SN_AUTH_SHA256, SN_PRIV_##id, kernel_decrypt, 1400           \
	}

/* AES192C and AES256C are AES192 and AES256 once the key is there. */
static const struct kernel kernels[] = {
	MACS(MD5, "md5"),
	MACS(SHA1, "sha1"),
	MACS(SHA224, "sha224"),
	MACS(SHA256, "sha256"),
	MACS(SHA384, "sha384"),
	MACS(SHA512, "sha512"),
	BLOCK_CIPHERS(DES, "des"),
	BLOCK_CIPHERS(3DES, "des3"),
	CIPHERS(AES128, "aes128"),
	CIPHERS(AES192, "aes192"),
	CIPHERS(AES256, "aes256"),
	{"exchange", SN_AUTH_SHA1, SN_PRIV_AES128, kernel_exchange, RESPONSE},
	{"exchange_sha256_aes256", SN_AUTH_SHA256, SN_PRIV_AES256, kernel_exchange, RESPONSE},
	{"localize", SN_AUTH_SHA1, SN_PRIV_AES128, kernel_localize, 0},
};

enum { KERNELS = sizeof(kernels) / sizeof(kernels[0]) };

static void report(const char *name, const char *unit, double *ns, unsigned repeats)
{
	double median = runs_median(ns, repeats);

	printf("%-22s %10.1f ns %s  (min %.1f, p90 %.1f)\n", name, median, unit, ns[0],
	       ns[repeats * 9 / 10]);
}

static void measure(struct fixture *f, const struct kernel *k, unsigned repeats)
{
	static double ns[RUNS_MAX];
	/* as often as it takes to meet every key, once to warm up */
	unsigned n = KEYS;

	k->run(f, n, k->octets);
	for (unsigned i = 0; i < repeats; i++) {
		uint64_t start = sn_clock_mono();

		k->run(f, n, k->octets);
		ns[i] = (double)(sn_clock_mono() - start) / n;
	}
	report(k->name, k->run == kernel_localize ? "an engine" : "a message", ns, repeats);
	if (f->refused) {
		fprintf(stderr, "bench_usm: a right MAC was refused\n");
		abort();
	}
}

static void measure_passwords(unsigned repeats)
{
	static double ns[RUNS_MAX];

	if (repeats > 15) {
		repeats = 15;
	}
	for (int p = SN_AUTH_MD5; p < SN_AUTH_COUNT; p++) {
		char name[32];
		uint8_t ku[SN_AUTH_KEY_MAX];

		for (unsigned i = 0; i < repeats; i++) {
			uint64_t start = sn_clock_mono();

			if (sn_auth_password_to_key((enum sn_auth_protocol)p,
						    sn_span_str("maplesyrup"), ku)) {
				abort();
			}
			ns[i] = (double)(sn_clock_mono() - start);
		}
		snprintf(name, sizeof(name), "password_%s",
			 sn_auth_info((enum sn_auth_protocol)p)->name);
		report(name, "a password", ns, repeats);
	}
}

/* One user at many engines, as after a cold start: all keys kept. CPU time and memory. */
static void measure_engines(uint32_t n)
{
	struct sn_usm_user user = make_user(SN_AUTH_SHA1, SN_PRIV_AES128);
	struct sn_engine **engines = calloc(n, sizeof(struct sn_engine *));
	struct sn_keys pool;
	struct mallinfo2 before;
	struct mallinfo2 after;
	uint64_t start;
	uint64_t took;

	if (!engines) {
		abort();
	}
	sn_keys_init(&pool, sizeof(struct sn_engine));
	before = mallinfo2();
	start = sn_clock_read(CLOCK_PROCESS_CPUTIME_ID);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t id[12];

		engines[i] = sn_keys_get(&pool);
		if (!engines[i] || sn_engine_init(engines[i], &user, engine_id(i, id))) {
			abort();
		}
	}
	took = sn_clock_read(CLOCK_PROCESS_CPUTIME_ID) - start;
	after = mallinfo2();
	printf("%-22s %10.3f s of CPU for %u engines of one SHA-1/AES-128 user (%.1f ns each)\n",
	       "engines", (double)took / SN_NS_PER_SEC, n, (double)took / n);
	printf("%-22s %10.1f octets an engine: %zu in the pool, %.1f on the heap for the cipher"
	       " (%u of its chunks not locked)\n",
	       "memory", (double)pool.obj_size + (double)(after.uordblks - before.uordblks) / n,
	       pool.obj_size, (double)(after.uordblks - before.uordblks) / n, pool.unlocked);
	for (uint32_t i = 0; i < n; i++) {
		sn_engine_fini(engines[i]);
	}
	sn_keys_fini(&pool);
	free(engines);
}

static int run_callgrind(struct fixture *f, const char *count, const char *name)
{
	unsigned n = (unsigned)strtoul(count, NULL, 10);

	for (unsigned i = 0; i < KERNELS; i++) {
		if (strcmp(kernels[i].name, name) == 0) {
			make_keys(f, kernels[i].auth, kernels[i].priv);
			kernels[i].run(f, n, kernels[i].octets);
			printf("%s: %u iterations, %u %ss\n", name, n, n,
			       kernels[i].run == kernel_localize ? "engine" : "message");
			drop_keys(f);
			return EXIT_SUCCESS;
		}
	}
	fprintf(stderr, "bench_usm: no kernel '%s'\n", name);
	return 2;
}

int main(int argc, char **argv)
{
	static struct fixture f;
	unsigned long repeats = 101;
	unsigned long engines = 100000;

	if (argc == 4 && strcmp(argv[1], "--callgrind") == 0) {
		return run_callgrind(&f, argv[2], argv[3]);
	}
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--quick") == 0) {
			repeats = 3;
			engines = 2000;
		} else if (strcmp(argv[i], "--repeats") == 0 && i + 1 < argc) {
			repeats = strtoul(argv[++i], NULL, 10);
		} else if (strcmp(argv[i], "--engines") == 0 && i + 1 < argc) {
			engines = strtoul(argv[++i], NULL, 10);
		} else {
			repeats = 0;
		}
	}
	if (repeats == 0 || repeats > RUNS_MAX || engines == 0 || engines > MAX_ENGINES) {
		fprintf(stderr,
			"usage: bench_usm [--quick] [--repeats 1..%d] [--engines 1..%d] |"
			" --callgrind N KERNEL\n",
			RUNS_MAX, MAX_ENGINES);
		return 2;
	}
	for (unsigned i = 0; i < KERNELS; i++) {
		make_keys(&f, kernels[i].auth, kernels[i].priv);
		measure(&f, &kernels[i], (unsigned)repeats);
		drop_keys(&f);
	}
	measure_passwords((unsigned)repeats);
	measure_engines((uint32_t)engines);
	return EXIT_SUCCESS;
}
