# Types each line of standard input and TAB into a real zsh that has read the script $1, and prints
# the command line as it is then.
zmodload zsh/zpty
zpty -b shell 'TERM=dumb zsh -f -i'
zpty -w shell "PS1= RPS1=; unsetopt beep; autoload -Uz compinit; compinit -u -D; ${2-source ${(q)1}}"
# In pieces, so that the echo of this line is not taken for what it prints.
zpty -w shell 'shown() { print -r -- "<""<$BUFFER>"">"; BUFFER=; zle -I }; zle -N shown'
zpty -w shell 'bindkey "^O" shown; bindkey "^I" complete-word; print READ''Y'
zpty -r shell got '*READY*'
while IFS= read -r line; do
  zpty -w -n shell "$line"$'\t\C-o'
  zpty -r shell got '*<<*>>*'
  print -r -- "${${got##*<<}%%>>*}"
done
zpty -d shell
