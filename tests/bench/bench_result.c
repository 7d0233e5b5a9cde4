/* SPDX-License-Identifier: ISC */
/*
 * Tells results as Exim's deliveries do: a connection for each, one after the
 * other, by ASKERS processes at once. Prints the CPU that they took for one.
 * bench_result SOCKET ASKERS TIMES QUESTION
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sts/client.h"

#define SILENCE_MS 1500
#define TOTAL_MS   12000

static int
ask_all(const char *socket, int times, const char *question)
{
	static char line[STS_CLIENT_LINE];
	const struct sts_client_config config = {
	    .socket = socket, .silence_ms = SILENCE_MS, .total_ms = TOTAL_MS};

	for (int i = 0; i < times; i++)
		if (sts_client_ask(&config, question, line, sizeof(line)) !=
		    STS_REPLY_OK) {
			fprintf(stderr, "bench_result: %s\n", line);
			return 1;
		}
	return 0;
}

static double
us(struct timeval t)
{
	return (double)t.tv_sec * 1e6 + (double)t.tv_usec;
}

int
main(int argc, char **argv)
{
	struct rusage used;
	int askers, times, status, failed = 0;

	if (argc != 5) {
		fprintf(stderr, "usage: bench_result SOCKET ASKERS TIMES "
				"QUESTION\n");
		return 64;
	}
	askers = atoi(argv[2]);
	times = atoi(argv[3]);
	for (int i = 0; i < askers; i++)
		switch (fork()) {
		case 0:
			_exit(ask_all(argv[1], times, argv[4]));
		case -1:
			perror("bench_result");
			failed = 1;
		default:
			break;
		}
	while (wait(&status) > 0)
		failed |= status != 0;
	getrusage(RUSAGE_CHILDREN, &used);
	printf("{\"us\": %.3f}\n",
	    (us(used.ru_utime) + us(used.ru_stime)) / askers / times);
	return failed;
}
