/** The sockets of a loop, epoll's own or Netty's channels; it knows the plan alone. */
package io.dualport.client.load.socket;
