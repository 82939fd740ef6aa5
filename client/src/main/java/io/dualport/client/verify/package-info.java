/**
 * {@code verify}: three accounts of one run held against each other; it knows command, input and
 * message.
 */
package io.dualport.client.verify;
