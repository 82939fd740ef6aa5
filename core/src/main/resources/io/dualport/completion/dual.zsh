# zsh completion of ./dual: its own parts; its programs have functions of their own.

_dual() {
  local -a parts
  if (( CURRENT == 2 )); then
    parts=(
      'server:the echo pair on one port'
      'client:drives both protocols from one source port'
      'lab:every question about sharing ports'
      'demo:server and client together'
      'test:builds and runs every test'
      'fuzz:feeds all that reads foreign bytes with what nobody sends'
      'soak:a server under load and drawn faults'
      'capture:the packets of a port, into a file'
      'bench:measures side by side with C programs'
      'build:builds the jars'
      'completion:prints a script for bash or zsh'
      'version:prints the version'
    )
    _describe -t commands 'part of Dualport' parts
    return
  fi
  local part=$words[2]
  shift words
  (( CURRENT-- ))
  case $part in
    (server|client|lab)
      words[1]=dual-$part
      _dual-$part
      ;;
    (bench) _arguments -S : '(- *)--help[shows its help]' ':bench:(server generator memory admin jmh spread check)' ;;
    (completion) _arguments -S : '(- *)--help[shows its help]' ':shell:(bash zsh)' ;;
    (fuzz)
      _arguments -S : '--minutes[how long]:minutes: ' '(- *)--help[shows its help]' \
        '*:target:(probe stamper proc http settings merge verify replies)'
      ;;
    (soak)
      _arguments -S : '--minutes[how long]:minutes: ' '--seed[which faults and which load]:seed: ' \
        '--transport[how the server reaches its sockets]:transport:(auto epoll io_uring nio)' \
        '(- *)--help[shows its help]'
      ;;
    (capture)
      _arguments -S : '--interface[where to listen]:interface: ' '--write[the file]:file:_files' \
        '--seconds[how long at most]:seconds: ' '--packets[how many at most]:packets: ' \
        '--print[prints the command alone]' '(- *)--help[shows its help]'
      ;;
    (demo|test|build) _arguments -S : '(- *)--help[shows its help]' ;;
  esac
}

if [[ $funcstack[1] == _dual ]]; then
  _${service:-dual} "$@"
else
  compdef _dual dual
fi
