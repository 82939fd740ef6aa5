/**
 * {@code load}: the command and its run; it knows plan, count, engine and report below, target and
 * command beside.
 */
package io.dualport.client.load;
