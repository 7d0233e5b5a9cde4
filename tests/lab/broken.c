/* SPDX-License-Identifier: ISC */
/*
 * A module that answers "no policy" to everything it is asked: with it the
 * demo must fail, or it would prove nothing.
 */
#include <string.h>

int stsgate(unsigned char **yield, int argc, unsigned char *argv[]);

int
stsgate(unsigned char **yield, int argc, unsigned char *argv[])
{
	static unsigned char none[] = "", no[] = "false", yes[] = "true";
	const char *word = argc > 0 ? (char *)argv[0] : "";

	*yield = none;
	if (strcmp(word, "guard") == 0)
		*yield = no;
	if (strcmp(word, "retry") == 0)
		*yield = yes;
	return 0;
}
