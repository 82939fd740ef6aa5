/** What all commands of the client share; it knows target. */
package io.dualport.client.command;
