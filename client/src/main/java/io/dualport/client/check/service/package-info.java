/**
 * What {@code check} can ask of a port: each service's question, what proves an answer, and where
 * that is written. It knows bytes and no sockets; of the client message and target.
 */
package io.dualport.client.check.service;
