/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "publish.h"

const char *
sts_server_name(enum sts_server server)
{
	static const char *const name[] = {"nginx", "apache", "caddy"};

	return name[server];
}

/* %1$s is the policy host. The file itself is never named as one of the
 * server's types, as some have none for ".txt" (RFC 8461 section 3.3). */
static const char nginx[] =
    "server {\n"
    "    listen 443 ssl;\n"
    "    listen [::]:443 ssl;\n"
    "    server_name %1$s;\n"
    "    ssl_certificate /etc/letsencrypt/live/%1$s/fullchain.pem;\n"
    "    ssl_certificate_key /etc/letsencrypt/live/%1$s/privkey.pem;\n"
    "    root " STS_PUBLISH_FOLDER ";\n"
    "    location = " STS_PUBLISH_PATH " {\n"
    "        types { }\n"
    "        default_type text/plain;\n"
    "    }\n"
    "    location / {\n"
    "        return 404;\n"
    "    }\n"
    "}\n";

static const char apache[] =
    "<VirtualHost *:443>\n"
    "    ServerName %1$s\n"
    "    DocumentRoot " STS_PUBLISH_FOLDER "\n"
    "    SSLEngine on\n"
    "    SSLCertificateFile /etc/letsencrypt/live/%1$s/fullchain.pem\n"
    "    SSLCertificateKeyFile /etc/letsencrypt/live/%1$s/privkey.pem\n"
    "    <Directory " STS_PUBLISH_FOLDER ">\n"
    "        Require all granted\n"
    "    </Directory>\n"
    "    <Location " STS_PUBLISH_PATH ">\n"
    "        ForceType text/plain\n"
    "    </Location>\n"
    "</VirtualHost>\n";

static const char caddy[] =
    "%1$s {\n"
    "    root * " STS_PUBLISH_FOLDER "\n"
    "    header " STS_PUBLISH_PATH " Content-Type text/plain\n"
    "    file_server\n"
    "}\n";

char *
sts_server_block(const struct sts_publish *publish, enum sts_server server)
{
	char host[STS_DOMAIN_SIZE + 8];
	char *text = NULL;
	int n = -1;

	(void)snprintf(host, sizeof(host), "mta-sts.%s", publish->domain);
	switch (server) {
	case STS_NGINX:
		n = asprintf(&text, nginx, host);
		break;
	case STS_APACHE:
		n = asprintf(&text, apache, host);
		break;
	default:
		n = asprintf(&text, caddy, host);
		break;
	}
	return n < 0 ? NULL : text;
}
