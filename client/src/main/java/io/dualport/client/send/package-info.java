/** {@code send}: some messages on both protocols; it knows command, message, target and verdict. */
package io.dualport.client.send;
