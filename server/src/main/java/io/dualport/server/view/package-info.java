/**
 * What a running server shows and leaves on standard output; it knows echo, live, json, kernel and
 * settings.
 */
package io.dualport.server.view;
