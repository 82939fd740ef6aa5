/**
 * {@code check}: one verdict for each protocol and address; it knows service, command, message,
 * target and verdict.
 */
package io.dualport.client.check;
