/**
 * The echo: where every datagram and every byte of TCP goes; it knows facts and settings.
 *
 * <p>{@code Udp}, {@code Datagram}: one socket or more for each address, who is answered, replies.
 * {@code Tcp}, {@code Epoll}, {@code Stream}: listeners, connections, what is held for them.
 * Neither of the two knows the other; {@link io.dualport.server.echo.BoundPort} binds both, and
 * {@link io.dualport.server.echo.DualServer} runs them.
 */
package io.dualport.server.echo;
