'use strict';

const { FondacoError, Canceled } = require('./errors');
const { Symbol, Tuple, Regex, Channel } = require('./values');
const { quiet } = require('./context');

/**
 * Returns what a plugin can ask of Fondaco. It is there in every worker:
 * require('fondaco').
 *
 * @param {object} worker the Worker that serves the plugin
 */
function library(worker) {
  return {
    Error: FondacoError,
    Canceled,
    Symbol,
    Tuple,
    Regex,
    Channel,

    /** What the configuration gives this plugin under config:, usually an object. */
    config: {},

    /**
     * Calls a function of a module, of this plugin's own, too. The promise fails with an
     * Error when the call does, with Canceled when nobody waits any more for the call
     * that this one is part of.
     *
     * @param {string} module
     * @param {string} name of the function
     * @param {...*} args
     * @returns {Promise<*>} the result
     */
    call(module, name, ...args) {
      return quiet(worker.call(module, name, args));
    },

    /** Starts a function of a module; its result is dropped. */
    cast(module, name, ...args) {
      worker.cast(module, name, args);
    },

    /**
     * Writes a line to the host's log; while the plugin is loaded, to standard error.
     *
     * @param {string} level debug, info, warn or error
     * @param {string} text
     */
    log(level, text) {
      if (worker.greeted) worker.cast('fondaco', 'log', [String(level), String(text)]);
      else console.error(`${level}: ${text}`);
    },

    /**
     * Waits. The promise fails with Canceled when nobody waits any more for this call.
     *
     * @param {number} seconds
     * @returns {Promise<void>}
     */
    sleep(seconds) {
      return quiet(worker.sleep(seconds));
    },

    /** @returns {AsyncIterable<Buffer>} the chunks that the caller streams in. */
    input() {
      return worker.context().input || (async function* none() {})();
    },

    /**
     * Sends bytes or text to a caller that takes a stream. The promise is kept once it is
     * sent; it fails with an Error when the caller takes none.
     *
     * @param {Uint8Array|string} chunk
     * @returns {Promise<void>}
     */
    output(chunk) {
      const { output } = worker.context();
      if (output) return quiet(output.send(chunk));
      return quiet(Promise.reject(new FondacoError('user', 'NoStream', 'the caller of this function takes no stream')));
    },
  };
}

module.exports = { library };
