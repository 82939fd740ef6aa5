/** The echo: where every datagram and every byte of TCP goes; it knows facts and settings. */
package io.dualport.server.echo;
