# bash completion of ./dual: its own parts; its programs have functions of their own.

_dual() {
  local cur=${COMP_WORDS[COMP_CWORD]} part=${COMP_WORDS[1]} words=() number
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    words=(server client lab demo test fuzz soak capture bench build completion version)
  else
    case $part in
      server | client | lab)
        words=("dual-$part" "${COMP_WORDS[@]:2}")
        number=$((COMP_CWORD - 1))
        local COMP_WORDS=("${words[@]}") COMP_CWORD=$number
        "_dual_$part"
        return
        ;;
      bench) words=(server generator memory admin jmh spread check --help) ;;
      completion) words=(bash zsh --help) ;;
      fuzz) words=(--minutes probe stamper proc http settings merge verify replies --help) ;;
      soak) words=(--minutes --seed --transport --help) ;;
      capture) words=(--interface --write --seconds --packets --print --help) ;;
      demo | test | build) words=(--help) ;;
    esac
  fi
  while IFS= read -r part; do COMPREPLY+=("$part"); done < <(compgen -W "${words[*]}" -- "$cur")
}

complete -F _dual dual
