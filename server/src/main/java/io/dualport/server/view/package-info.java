/**
 * What a running server shows and leaves on standard output; it knows echo, facts, live, json,
 * kernel and settings.
 */
package io.dualport.server.view;
