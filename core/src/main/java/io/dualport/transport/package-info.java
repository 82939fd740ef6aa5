/** Sockets beyond what Netty offers, on every transport; it knows kernel. */
package io.dualport.transport;
