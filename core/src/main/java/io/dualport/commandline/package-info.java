/** What the three programs do with a command line that was typed; it knows report and terminal. */
package io.dualport.commandline;
