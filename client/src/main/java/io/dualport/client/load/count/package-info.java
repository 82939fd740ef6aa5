/**
 * What is counted, per message, loop, protocol and five-tuple; it knows no other package of load.
 */
package io.dualport.client.load.count;
