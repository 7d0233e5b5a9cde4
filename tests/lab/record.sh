#!/bin/sh
# SPDX-License-Identifier: ISC
# A filter that writes down every line of smtpd's and lets everything pass;
# nothing but a shell, for roots without more.
out=${1:?}
while IFS= read -r line; do
	printf '%s\n' "$line" >>"$out"
	case $line in
	"config|ready")
		for way in smtp-in smtp-out; do
			printf 'register|report|%s|*\n' $way
		done
		printf 'register|filter|smtp-in|rcpt-to\nregister|ready\n'
		;;
	"filter|"*)
		# Session and token stand in the sixth and seventh field.
		rest=${line#*|*|*|*|*|}
		printf 'filter-result|%s|%s|proceed\n' "${rest%%|*}" \
		    "$(printf '%s' "${rest#*|}" | cut -d '|' -f 1)"
		;;
	esac
done
