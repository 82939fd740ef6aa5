/** Messages, their echoes, and what else comes back; it knows no other package of the client. */
package io.dualport.client.message;
