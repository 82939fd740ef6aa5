# For each line of standard input, whose words are apart by one space, prints what the script $1
# would offer for the last word.
# shellcheck disable=SC1090
source "$1"
while IFS= read -r line; do
  IFS=' ' read -r -a COMP_WORDS <<<"$line"
  [[ $line != *' ' ]] || COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  COMPREPLY=()
  registered=$(complete -p "${COMP_WORDS[0]##*/}")
  registered=${registered#*-F }
  "${registered%% *}"
  printf '%s|' "${COMPREPLY[@]}"
  echo
done
