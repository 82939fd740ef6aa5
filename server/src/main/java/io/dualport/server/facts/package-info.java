/**
 * What is true of one start of the server until it ends; it knows no other package of the server.
 */
package io.dualport.server.facts;
