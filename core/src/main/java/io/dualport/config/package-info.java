/** Settings from the command line, the environment, a file and the defaults; it knows report. */
package io.dualport.config;
