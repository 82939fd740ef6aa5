/**
 * One event loop turned by hand: flows, what is due, what is in flight; of load it knows plan,
 * count and socket.
 */
package io.dualport.client.load.engine;
