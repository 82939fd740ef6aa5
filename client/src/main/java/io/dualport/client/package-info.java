/** The program: which command was typed; it knows every command. */
package io.dualport.client;
