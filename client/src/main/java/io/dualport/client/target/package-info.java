/** Whom to send to, from where; it knows no other package of the client. */
package io.dualport.client.target;
