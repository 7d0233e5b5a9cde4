/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base64.h"
#include "sts/day.h"
#include "sts/report.h"
#include "utf8.h"

/* Its '_' is in no base64, and no line of the text begins with "--". */
#define BOUNDARY  "=_stsgate-tlsrpt"
#define LOCAL_MAX 64  /* octets before the '@' (RFC 5321 section 4.5.3.1) */
#define SHORT     200 /* the longest organization in a line of its own */
#define DATE_TEXT 64

/* A dot-atom or less: nothing that ends a header or needs quotes. */
static bool
fits_header(const char *address)
{
	static const char atext[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "!#$%&'*+-/=?^_`{|}~.";
	size_t n = strspn(address, atext);
	char domain[STS_DOMAIN_SIZE];

	if (n == 0 || n > LOCAL_MAX || address[n] != '@' || address[0] == '.' ||
	    address[n - 1] == '.' || memmem(address, n, "..", 2) != NULL ||
	    !sts_utf8_ascii(sts_str(address)))
		return false;
	return sts_domain_parse(sts_str(address + n + 1), domain) == STS_OK &&
	       sts_str_caseeq(sts_str(address + n + 1), sts_str(domain));
}

static bool
is_domain(const char *text)
{
	char domain[STS_DOMAIN_SIZE];

	return sts_host_parse(sts_str(text), domain) == STS_OK &&
	       strcmp(text, domain) == 0;
}

/* RFC 5322 section 3.3, in no language but its own. */
static void
put_date(int64_t date, FILE *out)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)date;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		return; /* no such year: the MTA dates it */
	fprintf(out, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\n",
	    days + (ptrdiff_t)3 * tm.tm_wday, tm.tm_mday,
	    months + (ptrdiff_t)3 * tm.tm_mon, 1900 + tm.tm_year, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
}

/* RFC 8460 section 5.3. The report's own id is the message's: who gets it
 * twice, as we were killed in between, can see so. */
static void
put_headers(const struct sts_reporter_name *name, const struct sts_tally *tally,
    const char *to, int64_t date, FILE *out)
{
	char id[STS_REPORT_ID];

	sts_report_id(name, tally, id);
	put_date(date, out);
	fprintf(out,
	    "From: %s\nTo: %s\n"
	    "Subject: Report Domain: %s\n Submitter: %s\n Report-ID: <%s>\n"
	    "Message-ID: <%s>\n"
	    "TLS-Report-Domain: %s\nTLS-Report-Submitter: %s\n"
	    "TLS-Required: No\nAuto-Submitted: auto-generated\n"
	    "MIME-Version: 1.0\n"
	    "Content-Type: multipart/report; report-type=\"tlsrpt\";\n"
	    " boundary=\"" BOUNDARY "\"\n\n",
	    name->contact, to, tally->domain, name->submitter, id, id,
	    tally->domain, name->submitter);
}

static void
put_sums(const struct sts_tally *tally, FILE *out)
{
	for (size_t i = 0; i < tally->n_policy; i++)
		fprintf(out, "%s: %" PRIu64 " sessions, %" PRIu64 " failed\n",
		    sts_policy_type_name(tally->policy[i].type),
		    tally->policy[i].successful + tally->policy[i].failed,
		    tally->policy[i].failed);
	if (tally->dropped > 0)
		fprintf(out,
		    "There were more policies than are told; %" PRIu64
		    " sessions under those are left out.\n",
		    tally->dropped);
}

/* For a line: no control characters. */
static void
put_organization(const char *organization, FILE *out)
{
	struct sts_str in = sts_str(organization);
	char *clean = malloc(in.n * STS_UTF8_GROWS + 1);
	size_t n;

	if (clean == NULL)
		return;
	n = sts_utf8_clean(in, clean);
	for (size_t i = 0; i < n; i++)
		putc(clean[i] < ' ' && clean[i] >= 0 ? ' ' : clean[i], out);
	free(clean);
}

static void
put_words(const struct sts_reporter_name *name, const struct sts_tally *tally,
    FILE *out)
{
	char day[STS_DAY_TEXT];

	sts_day_text(tally->day, day);
	fputs("This is a report about TLS (RFC 8460), sent by\n    ", out);
	put_organization(name->organization, out);
	fprintf(out, "\nof the mail that went on %s (UTC) to\n    %s\n\n", day,
	    tally->domain);
	put_sums(tally, out);
	fprintf(
	    out, "\nThe report is attached. Questions: %s\n", name->contact);
}

static enum sts_err
close_buffer(FILE *out, char **text)
{
	bool bad = ferror(out) != 0;

	if (fclose(out) == 0 && !bad)
		return STS_OK;
	free(*text);
	return STS_ENOMEM;
}

/* Plain where that is safe on any way, else base64. */
static enum sts_err
put_text_part(const struct sts_reporter_name *name,
    const struct sts_tally *tally, FILE *out)
{
	struct sts_str organization = sts_str(name->organization);
	char *words;
	size_t n;
	FILE *buffer;
	enum sts_err err;

	fputs("--" BOUNDARY "\nContent-Type: text/plain; charset=", out);
	if (organization.n <= SHORT && sts_utf8_ascii(organization)) {
		fputs("us-ascii\nContent-Transfer-Encoding: 7bit\n\n", out);
		put_words(name, tally, out);
		return STS_OK;
	}
	buffer = open_memstream(&words, &n);
	if (buffer == NULL)
		return STS_ENOMEM;
	put_words(name, tally, buffer);
	err = close_buffer(buffer, &words);
	if (err != STS_OK)
		return err;
	fputs("utf-8\nContent-Transfer-Encoding: base64\n\n", out);
	sts_base64_lines((struct sts_str){words, n}, out);
	free(words);
	return STS_OK;
}

static void
put_report_part(const struct sts_reporter_name *name,
    const struct sts_tally *tally, struct sts_str gzip, FILE *out)
{
	char file[STS_REPORT_FILE];

	sts_report_file(name, tally, file);
	fprintf(out,
	    "\n--" BOUNDARY "\nContent-Type: application/tlsrpt+gzip\n"
	    "Content-Transfer-Encoding: base64\n"
	    "Content-Disposition: attachment;\n filename=\"%s\"\n\n",
	    file);
	sts_base64_lines(gzip, out);
	fputs("--" BOUNDARY "--\n", out);
}

enum sts_err
sts_report_mail(const struct sts_reporter_name *name,
    const struct sts_tally *tally, const char *to, struct sts_str gzip,
    int64_t date, char **out, size_t *size)
{
	char *text;
	size_t n;
	FILE *buffer;
	enum sts_err err, closed;

	if (!fits_header(to) || !fits_header(name->contact) ||
	    !is_domain(name->submitter) || !is_domain(tally->domain))
		return STS_EINVAL;
	buffer = open_memstream(&text, &n);
	if (buffer == NULL)
		return STS_ENOMEM;
	put_headers(name, tally, to, date, buffer);
	err = put_text_part(name, tally, buffer);
	put_report_part(name, tally, gzip, buffer);
	closed = close_buffer(buffer, &text);
	if (closed != STS_OK)
		return closed;
	if (err != STS_OK) {
		free(text);
		return err;
	}
	*out = text;
	*size = n;
	return STS_OK;
}
