/** What starts and stops the server; it knows all packages below. */
package io.dualport.server;
