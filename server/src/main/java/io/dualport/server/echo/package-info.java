/** The echo: where every datagram and every byte of TCP goes; it knows the settings. */
package io.dualport.server.echo;
