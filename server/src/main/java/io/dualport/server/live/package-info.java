/** The live view: a picture of the port, and what keys make of it; of the server it knows facts. */
package io.dualport.server.live;
