/**
 * Programs that make calls, private networks, free ports; it knows socket, story, and the server's
 * main class.
 */
package io.dualport.lab.process;
