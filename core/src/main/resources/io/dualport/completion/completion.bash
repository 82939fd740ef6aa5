# bash completion of @PROGRAM@.
# Made by: @PROGRAM@ completion bash

# Adds the words of $1 that begin with $cur, and the files that do if FILE is among them.
_@FUNCTION@_reply() {
  local found
  while IFS= read -r found; do
    COMPREPLY+=("$prefix$found")
  done < <(
    compgen -W "${1//FILE/}" -- "$cur"
    if [[ $1 == *FILE* ]]; then compgen -f -- "$cur"; fi
  )
  if [[ $1 == *FILE* ]]; then compopt -o filenames 2>/dev/null; fi
}

_@FUNCTION@() {
  local cur=${COMP_WORDS[COMP_CWORD]} prefix='' given command last='' options='' value='' option
  local commands="@WORDS@"
  COMPREPLY=()
  given=("${COMP_WORDS[@]:1:COMP_CWORD-1}")
  if ((${#given[@]} == 0)) && [[ $cur != -* && -n $commands ]]; then
    _@FUNCTION@_reply "$commands"
    return
  fi

  case ${given[0]} in
    @NAMES@) command=${given[0]} ;;
    *) command=@DEFAULT@ ;;
  esac
  case $command in
    # @COMMANDS@
  esac

  # bash makes three words of --option=value, unless COMP_WORDBREAKS was changed.
  if ((${#given[@]} > 0)); then last=${given[${#given[@]} - 1]}; fi
  if [[ $cur == = ]]; then
    cur=
  elif [[ $last == = ]]; then
    last=${given[${#given[@]} - 2]}
  elif [[ $cur == --*=* ]]; then
    last=${cur%%=*} prefix=${cur%%=*}= cur=${cur#*=}
  fi
  case "$command $last" in
    # @VALUES@
  esac

  if [[ -n $options && ($cur == -* || -z $cur && -z $value) ]]; then
    value=
    for option in $options; do
      [[ " ${given[*]} " == *" $option "* ]] || value+=" $option"
    done
  fi
  if [[ -n $value ]]; then _@FUNCTION@_reply "$value"; fi
}

complete -F _@FUNCTION@ @PROGRAM@
