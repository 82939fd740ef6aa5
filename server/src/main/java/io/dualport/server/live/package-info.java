/**
 * The live view: a picture of the port, and what keys make of it; it knows no other package of the
 * server.
 */
package io.dualport.server.live;
