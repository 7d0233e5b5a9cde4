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
	static unsigned char none[] = "";
	static unsigned char no[] = "false";
	int guard = argc > 0 && strcmp((char *)argv[0], "guard") == 0;

	*yield = guard ? no : none;
	return 0;
}
