#compdef @PROGRAM@
# zsh completion of @PROGRAM@.
# Made by: @PROGRAM@ completion zsh

# The words given, and files.
_@PROGRAM@-or-file() {
  _alternative "words:value:($*)" 'files:file:_files'
}

_@PROGRAM@() {
  local command
  local -a commands
  commands=(
    # @WORDS@
  )
  if (( CURRENT == 2 && $#commands > 0 )) && [[ $words[2] != -* ]]; then
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

if [[ $funcstack[1] == _@PROGRAM@ ]]; then
  _@PROGRAM@ "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _@PROGRAM@ @PROGRAM@
fi
