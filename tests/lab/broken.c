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

	*yield = none;
	for (int i = 0; i < argc; i++) {
		if (strcmp((char *)argv[i], "guard") == 0)
			*yield = no;
		if (strcmp((char *)argv[i], "retry") == 0)
			*yield = yes;
	}
	return 0;
}
