/** The sockets of a loop, epoll's own or Netty's channels; of load it knows plan alone. */
package io.dualport.client.load.socket;
