#compdef dual-client dual
# zsh completion of dual-client, and of the client commands of dual.
# Made by: dual-client completion zsh

# The words given, and files.
_dual-client-or-file() {
  _alternative "words:value:($*)" 'files:file:_files'
}

_dual-client() {
  local command
  local -a commands parts
  commands=(
    # @WORDS@
  )
  if [[ ${words[1]:t} == dual ]]; then
    if (( CURRENT == 2 )); then
      parts=(@PARTS@)
      _describe -t commands 'part of Dualport' parts
      return
    fi
    [[ $words[2] == client ]] || return 1
    shift words
    (( CURRENT-- ))
  fi
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe -t commands command commands
    return
  fi
  case $words[2] in
    (@NAMES@)
      command=$words[2]
      shift words
      (( CURRENT-- ))
      ;;
    (*) command=@DEFAULT@ ;;
  esac
  case $command in
    # @COMMANDS@
  esac
}

if [[ $funcstack[1] == _dual-client ]]; then
  _dual-client "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _dual-client dual-client dual
fi
