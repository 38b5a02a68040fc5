/** What the function that serves the console is given, by the names of its variables and of its asset's file. */

/** The text of `/console/config.json`. */
export const consoleConfigVariable = 'DELEGATION_CONSOLE_CONFIG';
/** The origins that the page may call besides its own, with blanks between. */
export const consoleSourcesVariable = 'DELEGATION_CONSOLE_SOURCES';
/** The files, as JSON: pairs of a path and a file, whose bodies are in Base64. */
export const consoleAssetFile = 'console-files.json';
