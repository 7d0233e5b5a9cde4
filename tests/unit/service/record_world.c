/* SPDX-License-Identifier: ISC */
#include "record_world.h"

int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *n);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *n);

uid_t record_uid;

int
__wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *n)
{
	int rc = __real_getsockopt(fd, level, name, value, n);

	if (level == SOL_SOCKET && name == SO_PEERCRED)
		((struct ucred *)value)->uid = record_uid;
	return rc;
}

static void
on_tally(void *arg, enum sts_err err, const struct sts_tally *tally)
{
	char *out = arg;
	size_t n = 0;

	if (err != STS_OK) {
		snprintf(out, 512, "%s", sts_err_name(err));
		return;
	}
	for (size_t i = 0; i < tally->n_policy; i++) {
		const struct sts_tally_policy *p = &tally->policy[i];

		n += (size_t)snprintf(out + n, 512 - n, "%s %zu ok=%d no=%d;",
		    sts_policy_type_name(p->type), p->n_text,
		    (int)p->successful, (int)p->failed);
		for (size_t j = 0; j < p->n_detail; j++)
			n += (size_t)snprintf(out + n, 512 - n,
			    " %s %s %s %s %s %s %d;",
			    sts_result_type_name(p->detail[j].result),
			    p->detail[j].mx, p->detail[j].sending_ip,
			    p->detail[j].receiving_ip, p->detail[j].helo,
			    p->detail[j].reason, (int)p->detail[j].sessions);
	}
}

void
record_counted(struct world *world, const char *domain, const char *want)
{
	char got[512] = "";

	sts_counters_get(world->recording.counters, WORLD_WALL / 86400, domain,
	    on_tally, got);
	assert_string_equal(got, want);
}

void
record_tell(struct world *world, int fd, const char *line)
{
	world_write(world, fd, line);
	world_expect(world, fd, "STS1 ok\n");
	world->log[0] = '\0';
}
