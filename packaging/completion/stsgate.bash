# SPDX-License-Identifier: ISC
# bash completion for stsgate(8); needs nothing but bash itself.

# What may follow the words of a verb.
_stsgate_options() {
	case $1 in
	query | explain) echo --json --config --socket --mx ;;
	check)
		echo --json --config --help --selector --no-probe --file --jobs
		;;
	publish) echo --json --config --mx --mode --max-age --rua --id ;;
	stats) echo --json --config --socket --prometheus ;;
	"report test") echo --json --config --socket --send --key ;;
	"config check")
		echo --json --config --exim --exim-binary --try --help
		;;
	lint* | match | "report read") echo --json ;;
	*) echo --json --config --socket ;;
	esac
}

# Domains that the service knows, if it lets us ask.
_stsgate_domains() {
	stsgate cache list 2>/dev/null | cut -d ' ' -f 1
}

_stsgate() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local verb="" word i n=0
	local verbs="query check explain lint match cache cluster report publish stats
		reload config"

	# The words before this one, without options and what they take.
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		--config | --socket | --exim-binary | --try | --mx | --mode | \
		    --max-age | --rua | --id | --selector | --file | --jobs | \
		    --send | --key)
			i=$((i + 1))
			;;
		-*) ;;
		*)
			n=$((n + 1))
			[ $n -gt 1 ] || verb=$word
			if [ $n = 2 ]; then
				case $verb in
				lint | cache | report | config) verb+=" $word" ;;
				esac
			fi
			;;
		esac
	done

	COMPREPLY=()
	case $prev in
	--config | --socket | --exim-binary | --file | --key)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--mode)
		word="testing enforce none"
		mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur")
		return
		;;
	--mx | --max-age | --rua | --id | --try | --selector | --jobs | --send)
		return
		;;
	esac
	if [[ $cur == -* && -n $verb ]]; then
		word=$(_stsgate_options "$verb")
	elif [[ $cur == -* ]]; then
		word="--version --help"
	else
		case $n:$verb in
		0:*) word=$verbs ;;
		1:lint) word="record policy tlsrpt" ;;
		1:cache) word="list show refresh purge" ;;
		1:report) word="list show preview send read test" ;;
		1:config) word="check" ;;
		2:lint\ * | 2:"report read" | 2:"report test")
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			return
			;;
		*:check | 1:query | 1:explain | 2:"cache show" | 2:"cache refresh" | \
		    2:"cache purge" | 2:"report show" | 2:"report preview" | \
		    2:"report send")
			word=$(_stsgate_domains)
			;;
		*) return ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur")
}

complete -o filenames -F _stsgate stsgate
