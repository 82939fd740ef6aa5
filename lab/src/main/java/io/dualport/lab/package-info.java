/** The program: its commands; it knows all packages below. */
package io.dualport.lab;
