/** Completion for bash and zsh, made from the commands themselves; it knows report. */
package io.dualport.completion;
